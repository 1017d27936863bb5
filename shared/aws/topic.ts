import { PublishCommand, SNSClient } from '@aws-sdk/client-sns'
import type { Publication } from '../render/publication.ts'
import { clientOptions } from './clients.ts'

/** The topic and the client that speaks to it. */
export interface Topic {
  readonly client: SNSClient
  readonly arn: string
}

export const connectTopic = (arn: string): Topic => ({ arn, client: new SNSClient(clientOptions) })

export async function publishTo({ client, arn }: Topic, { subject, messages, attributes }: Publication): Promise<void> {
  await client.send(
    new PublishCommand({
      TopicArn: arn,
      Subject: subject,
      MessageStructure: 'json',
      Message: JSON.stringify(messages),
      MessageAttributes: Object.fromEntries(Object.entries(attributes).map(([name, values]) => [name, attributeOf(values)])),
    }),
  )
}

const attributeOf = (values: readonly string[]) =>
  values.length === 1
    ? { DataType: 'String', StringValue: values[0] ?? '' }
    : { DataType: 'String.Array', StringValue: JSON.stringify(values) }

import {
  CreateTableCommand,
  DynamoDBClient,
  UpdateTimeToLiveCommand,
  type CreateTableCommandInput,
} from '@aws-sdk/client-dynamodb'
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  type Target,
} from '@aws-sdk/client-eventbridge'
import { CreateEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2'
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { Emulators } from './emulators.ts'
import type { Resource, Template } from './template.ts'

/** Clients of the emulators, as an operator's own. */
export interface Clients {
  readonly events: EventBridgeClient
  readonly queues: SQSClient
  readonly topics: SNSClient
  readonly tables: DynamoDBClient
  readonly mail: SESv2Client
}

export const credentials = { accessKeyId: 'rehearsal', secretAccessKey: 'rehearsal' }

export function connect({ moto, dynamoDb }: Emulators, region: string): Clients {
  const shared = { region, credentials }
  return {
    events: new EventBridgeClient({ ...shared, endpoint: moto }),
    queues: new SQSClient({ ...shared, endpoint: moto }),
    topics: new SNSClient({ ...shared, endpoint: moto }),
    tables: new DynamoDBClient({ ...shared, endpoint: dynamoDb }),
    mail: new SESv2Client({ ...shared, endpoint: moto }),
  }
}

/** Kinds of resources in the order in which they can be made; the others are not for the emulators. */
const makers: Readonly<Record<string, (clients: Clients, resource: Resource, template: Template) => Promise<unknown>>> = {
  'AWS::DynamoDB::GlobalTable': makeTable,
  'AWS::Events::EventBus': ({ events }, { properties }) =>
    events.send(new CreateEventBusCommand({ Name: String(properties['Name']) })),
  'AWS::SQS::Queue': makeQueue,
  'AWS::SNS::Topic': ({ topics }, { id }) => topics.send(new CreateTopicCommand({ Name: id })),
  'AWS::SNS::Subscription': makeSubscription,
  'AWS::Events::Rule': makeRule,
  'AWS::SES::EmailIdentity': async ({ mail }, { properties }) =>
    mail.send(new CreateEmailIdentityCommand({ EmailIdentity: String(properties['EmailIdentity']) })),
}

/** Makes in the emulators what the template describes; gives how many of each kind, and what was left out. */
export async function load(
  clients: Clients,
  template: Template,
): Promise<{ made: Map<string, number>; left: Map<string, number> }> {
  const made = new Map<string, number>()
  const left = new Map<string, number>()
  const count = (map: Map<string, number>, type: string) => map.set(type, (map.get(type) ?? 0) + 1)
  for (const [type, make] of Object.entries(makers)) {
    // Queues that others name as their dead-letter queue must be there first.
    const ones = template.resources.filter((resource) => resource.type === type).sort((a, b) => rank(a) - rank(b))
    for (const resource of ones) {
      await make(clients, resource, template)
      count(made, type)
    }
  }
  for (const { type } of template.resources) if (makers[type] === undefined) count(left, type)
  return { made, left }
}

const rank = ({ properties }: Resource): number => (properties['RedrivePolicy'] === undefined ? 0 : 1)

async function makeTable({ tables }: Clients, { id, properties }: Resource): Promise<void> {
  const { AttributeDefinitions, KeySchema, BillingMode, GlobalSecondaryIndexes, TimeToLiveSpecification } =
    properties as unknown as CreateTableCommandInput & { TimeToLiveSpecification: { AttributeName: string; Enabled: boolean } }
  await tables.send(
    new CreateTableCommand({ TableName: id, AttributeDefinitions, KeySchema, BillingMode, GlobalSecondaryIndexes }),
  )
  await tables.send(new UpdateTimeToLiveCommand({ TableName: id, TimeToLiveSpecification }))
}

/** Attributes whose names are the same in a template and in the API. */
const queueAttributes = [
  'DelaySeconds',
  'MessageRetentionPeriod',
  'RedrivePolicy',
  'VisibilityTimeout',
  'MaximumMessageSize',
  'ReceiveMessageWaitTimeSeconds',
] as const

async function makeQueue({ queues }: Clients, { id, properties }: Resource): Promise<void> {
  const given = queueAttributes.flatMap((name) => {
    const value = properties[name]
    if (value === undefined) return []
    return [[name, typeof value === 'string' ? value : JSON.stringify(value)] as const]
  })
  await queues.send(new CreateQueueCommand({ QueueName: id, Attributes: Object.fromEntries(given) }))
}

async function makeSubscription({ topics }: Clients, { properties }: Resource): Promise<void> {
  const { TopicArn, Protocol, Endpoint, FilterPolicy } = properties
  await topics.send(
    new SubscribeCommand({
      TopicArn: String(TopicArn),
      Protocol: String(Protocol),
      Endpoint: String(Endpoint),
      ...(FilterPolicy !== undefined && { Attributes: { FilterPolicy: JSON.stringify(FilterPolicy) } }),
    }),
  )
}

async function makeRule({ events }: Clients, { id, properties }: Resource): Promise<void> {
  const EventBusName = String(properties['EventBusName'])
  await events.send(new PutRuleCommand({ Name: id, EventBusName, EventPattern: JSON.stringify(properties['EventPattern']) }))
  const targets = (properties['Targets'] as Target[]).map(({ Arn, Id }) => ({ Arn, Id }))
  await events.send(new PutTargetsCommand({ Rule: id, EventBusName, Targets: targets }))
}

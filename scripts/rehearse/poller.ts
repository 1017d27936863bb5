import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  type Message,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import type { RunningFunction } from './runtime.ts'

interface Polling {
  readonly queues: SQSClient
  readonly queueArn: string
  readonly batchSize: number
  readonly region: string
  readonly target: RunningFunction
  readonly failed: (error: unknown) => void
}

/** Moves batches from a queue to a function, as an event source mapping does: what succeeded is deleted, what failed comes back. */
export function poll({ queues, queueArn, batchSize, region, target, failed }: Polling): { readonly stop: () => Promise<void> } {
  const stopping = new AbortController()
  const work = (async () => {
    const QueueName = queueArn.split(':').at(-1)
    const { QueueUrl } = await queues.send(new GetQueueUrlCommand({ QueueName }))
    while (!stopping.signal.aborted) {
      const { Messages = [] } = await queues.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: batchSize,
          WaitTimeSeconds: 1,
          MessageSystemAttributeNames: ['All'],
        }),
      )
      if (Messages.length === 0) continue
      const failures = await target.invoke({ Records: Messages.map((message) => recordOf(message, queueArn, region)) }).then(
        (answer) => failuresOf(answer),
        (error: unknown) => {
          failed(error)
          return new Set(Messages.map(({ MessageId }) => MessageId))
        },
      )
      for (const { MessageId, ReceiptHandle } of Messages) {
        // A failed message would come back after the visibility time-out; a rehearsal does not wait for it.
        if (failures.has(MessageId))
          await queues.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }))
        else await queues.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
      }
    }
  })()
  work.catch(failed)
  return {
    stop: async () => {
      stopping.abort()
      await work
    },
  }
}

const failuresOf = (answer: unknown): Set<string | undefined> => {
  const { batchItemFailures = [] } = (answer ?? {}) as { batchItemFailures?: { itemIdentifier: string }[] }
  return new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier))
}

const recordOf = (
  { MessageId, ReceiptHandle, Body, Attributes, MD5OfBody }: Message,
  eventSourceARN: string,
  awsRegion: string,
) => ({
  messageId: MessageId,
  receiptHandle: ReceiptHandle,
  body: Body,
  attributes: Attributes ?? {},
  messageAttributes: {},
  md5OfBody: MD5OfBody,
  eventSource: 'aws:sqs',
  eventSourceARN,
  awsRegion,
})

import { randomUUID } from 'node:crypto'
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { startAwsEndpoint, type AwsEndpoint, type PutEntry } from '../aws-endpoint.ts'
import { startTable, type TestTable } from '../table.ts'

export interface Host {
  readonly aws: AwsEndpoint
  readonly store: TestTable
  readonly close: () => Promise<void>
}

/** Starts what the functions speak to, and sets the environment that they read when they are imported. */
export async function startHost(settings: Readonly<Record<string, string>> = {}): Promise<Host> {
  const store = await startTable()
  const aws = await startAwsEndpoint()
  Object.assign(process.env, {
    KULPRIT_TABLE: store.table.name,
    KULPRIT_BUS: 'kulprit',
    KULPRIT_TOPIC: 'arn:aws:sns:eu-west-1:111122223333:kulprit',
    AWS_ENDPOINT_URL_DYNAMODB: store.endpoint,
    AWS_ENDPOINT_URL_EVENTBRIDGE: aws.url,
    AWS_ENDPOINT_URL_SNS: aws.url,
    AWS_ENDPOINT_URL_SESV2: aws.url,
    POWERTOOLS_METRICS_DISABLED: 'true',
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    ...settings,
  })
  const close = async () => {
    await aws.close()
    await store.close()
  }
  return { aws, store, close }
}

type Handler = (event: never, context: Context) => Promise<unknown>

/** Delivers a batch as the queue does; gives the ids of the records that failed. */
export async function deliver(handler: unknown, bodies: readonly string[], again = false): Promise<string[]> {
  const event: SQSEvent = {
    Records: bodies.map((body, i) => ({
      messageId: `m${i}`,
      receiptHandle: 'r',
      body,
      attributes: {
        ApproximateReceiveCount: again ? '2' : '1',
        SentTimestamp: '0',
        SenderId: 's',
        ApproximateFirstReceiveTimestamp: '0',
      },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:eu-west-1:111122223333:queue',
      awsRegion: 'eu-west-1',
    })),
  }
  const { batchItemFailures } = (await (handler as Handler)(event as never, context)) as SQSBatchResponse
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)
}

export const context = { awsRequestId: 'test', functionName: 'test', getRemainingTimeInMillis: () => 30_000 } as Context

/** The envelope in which a queue gets an event of the bus. */
export const envelopeOf = (source: string, type: string, detail: unknown): string =>
  JSON.stringify({
    version: '0',
    id: randomUUID(),
    source,
    'detail-type': type,
    time: '2026-11-25T02:00:00Z',
    account: '111122223333',
    region: 'eu-west-1',
    resources: [],
    detail,
  })

/** Takes what a function announced from the bus, as the rule's queue would deliver it. */
export const taken = (entries: PutEntry[]): string[] =>
  entries.splice(0).map(({ Source, DetailType, Detail }) => envelopeOf(Source, DetailType, JSON.parse(Detail)))

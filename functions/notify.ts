import wrap from '@middy/core'
import sqsPartialBatchFailure from '@middy/sqs-partial-batch-failure'
import { Logger } from '@aws-lambda-powertools/logger'
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import type { SQSEvent, SQSRecord } from 'aws-lambda'
import * as z from 'zod'
import { connectChannels } from '../shared/aws/channels.ts'
import { connectTable } from '../shared/aws/table.ts'
import { tellIncident, type Desk } from '../shared/aws/tell-group.ts'
import { environment, readEnvironment } from '../shared/environment.ts'
import { envelope } from '../shared/events.ts'
import { flush } from './flush.ts'

const settings = readEnvironment(
  environment.pick({
    KULPRIT_TABLE: true,
    KULPRIT_TOPIC: true,
    KULPRIT_MAIL_FROM: true,
    KULPRIT_MAIL_TO: true,
    KULPRIT_PAGE: true,
  }),
  process.env,
)
const desk: Desk = {
  table: connectTable(settings.KULPRIT_TABLE),
  channels: connectChannels({
    topicArn: settings.KULPRIT_TOPIC,
    mailFrom: settings.KULPRIT_MAIL_FROM,
    mailTo: settings.KULPRIT_MAIL_TO,
  }),
  ...(settings.KULPRIT_PAGE !== undefined && { page: settings.KULPRIT_PAGE }),
}
const logger = new Logger({ serviceName: 'notify' })
const metrics = new Metrics({ namespace: 'Kulprit', serviceName: 'notify' })

/** Of the announcement the id is enough: what is told is what the incident is by now. */
const announcement = envelope.extend({ detail: z.object({ incident: z.object({ id: z.string() }) }) })

/** Tells people of incidents that changed, after the delay that the queue has kept them back for. */
export const handler = wrap<SQSEvent>()
  .use(flush(metrics))
  .use(
    sqsPartialBatchFailure({
      logger: (reason: unknown, { messageId }: SQSRecord) => {
        metrics.addMetric('MessagesFailed', MetricUnit.Count, 1)
        logger.error('failed on a record', { messageId, error: reason instanceof Error ? reason : new Error(String(reason)) })
      },
    }),
  )
  .handler(async ({ Records }) => {
    const outcomes: PromiseSettledResult<void>[] = []
    // One after the other: incidents of one batch often belong to one group, and the first message tells of all.
    for (const { body } of Records) outcomes.push(...(await Promise.allSettled([take(body)])))
    return outcomes
  })

async function take(body: string): Promise<void> {
  const { id } = announcement.parse(JSON.parse(body)).detail.incident
  for (const { group, reason, notification } of await tellIncident(desk, id, new Date().toISOString())) {
    metrics.addMetric(notification === undefined ? 'NothingToTell' : 'MessagesSent', MetricUnit.Count, 1)
    logger.info(notification === undefined ? 'told nothing' : `told ${notification.change}`, {
      incident: id,
      group,
      reason,
      ...(notification !== undefined && { cluster: notification.cluster, cause: notification.cause, message: notification.id }),
    })
  }
}

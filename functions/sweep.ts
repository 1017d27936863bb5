import wrap from '@middy/core'
import { Logger } from '@aws-lambda-powertools/logger'
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import { connectBus } from '../shared/aws/bus.ts'
import { connectChannels } from '../shared/aws/channels.ts'
import { connectTable } from '../shared/aws/table.ts'
import { sweep, type Sweeping } from '../shared/aws/sweep.ts'
import { environment, readEnvironment } from '../shared/environment.ts'
import { flush } from './flush.ts'

const settings = readEnvironment(environment, process.env)
const table = connectTable(settings.KULPRIT_TABLE)
const logger = new Logger({ serviceName: 'sweep' })
const metrics = new Metrics({ namespace: 'Kulprit', serviceName: 'sweep' })
const sweeping: Sweeping = {
  store: { table, bus: connectBus(settings.KULPRIT_BUS), retentionDays: settings.KULPRIT_RETENTION_DAYS },
  desk: {
    table,
    channels: connectChannels({
      topicArn: settings.KULPRIT_TOPIC,
      mailFrom: settings.KULPRIT_MAIL_FROM,
      mailTo: settings.KULPRIT_MAIL_TO,
    }),
    ...(settings.KULPRIT_PAGE !== undefined && { page: settings.KULPRIT_PAGE }),
  },
  failed: (what, error) => {
    metrics.addMetric('SweepFailures', MetricUnit.Count, 1)
    logger.error(`failed to ${what}`, { error: error instanceof Error ? error : new Error(String(error)) })
  },
}

/** Does each minute what no event starts: closes what went quiet, notices silent clusters, sends what was held back and reminders. */
export const handler = wrap()
  .use(flush(metrics))
  .handler(async () => {
    const { silent, closed, told, clusters } = await sweep(sweeping, new Date().toISOString())
    metrics.addMetric('ClustersSilent', MetricUnit.Count, clusters.silent)
    metrics.addMetric('ClustersLive', MetricUnit.Count, clusters.live)
    metrics.addMetric('IncidentsClosedQuietly', MetricUnit.Count, closed.length)
    metrics.addMetric('MessagesSent', MetricUnit.Count, told.filter(({ notification }) => notification !== undefined).length)
    for (const cluster of silent) logger.warn('a cluster has become silent', { cluster })
    for (const incident of closed) logger.info('closed what went quiet', { incident })
    for (const { group, reason, notification } of told)
      logger.info('looked at a due group', { group, reason, message: notification?.id })
    return { silent: silent.length, closed: closed.length, told: told.length }
  })

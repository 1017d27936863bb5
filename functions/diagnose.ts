import wrap from '@middy/core'
import sqsPartialBatchFailure from '@middy/sqs-partial-batch-failure'
import { Logger } from '@aws-lambda-powertools/logger'
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import type { SQSEvent, SQSRecord } from 'aws-lambda'
import { applyFact, applyRecovery, type Applied, type Store } from '../shared/aws/apply.ts'
import { connectBus } from '../shared/aws/bus.ts'
import { saveHeartbeat } from '../shared/aws/clusters.ts'
import { connectTable } from '../shared/aws/table.ts'
import { recoveryOfSilence } from '../shared/cluster-silence.ts'
import { environment, readEnvironment } from '../shared/environment.ts'
import { diagnose } from '../shared/diagnose.ts'
import { forwarded, RefusedEventError, type Forwarded } from '../shared/forwarded.ts'
import { identityOf } from '../shared/incident.ts'
import { flush } from './flush.ts'

const settings = readEnvironment(
  environment.pick({ KULPRIT_TABLE: true, KULPRIT_BUS: true, KULPRIT_RETENTION_DAYS: true }),
  process.env,
)
const store: Store = {
  table: connectTable(settings.KULPRIT_TABLE),
  bus: connectBus(settings.KULPRIT_BUS),
  retentionDays: settings.KULPRIT_RETENTION_DAYS,
}
const logger = new Logger({ serviceName: 'diagnose' })
const metrics = new Metrics({ namespace: 'Kulprit', serviceName: 'diagnose' })

/** Folds what forwarders saw into incidents. One record that cannot be read or saved fails alone. */
export const handler = wrap<SQSEvent>()
  .use(flush(metrics))
  .use(
    sqsPartialBatchFailure({
      logger: (reason: unknown, record: SQSRecord) => {
        metrics.addMetric('RecordsFailed', MetricUnit.Count, 1)
        const refused = reason instanceof RefusedEventError
        logger.error(refused ? 'refused a record' : 'failed on a record', {
          messageId: record.messageId,
          received: record.attributes?.ApproximateReceiveCount,
          error: reason instanceof Error ? reason : new Error(String(reason)),
        })
      },
    }),
  )
  .handler(async ({ Records }) => {
    const outcomes = await settleInOrder(Records)
    return outcomes
  })

/** Records of one workload are taken one after the other, since they would meet at the same item; different ones side by side. */
async function settleInOrder(records: readonly SQSRecord[]): Promise<PromiseSettledResult<void>[]> {
  const lines = new Map<string, Promise<unknown>>()
  return Promise.allSettled(
    records.map(async (record) => {
      const event = forwarded(record.body)
      const line = lineOf(event)
      const turn = (lines.get(line) ?? Promise.resolve()).then(() => take(event))
      lines.set(
        line,
        turn.catch(() => undefined),
      )
      await turn
    }),
  )
}

function lineOf(event: Forwarded): string {
  if (event.type === 'Cluster Heartbeat') return event.detail.cluster
  const { cluster, namespace } = event.type === 'Failure Observed' ? event.detail.subject : event.detail
  const workload =
    event.type === 'Failure Observed' ? (event.detail.subject.workload ?? event.detail.subject) : event.detail.workload
  return JSON.stringify([cluster, namespace, workload.kind, workload.name])
}

async function take(event: Forwarded): Promise<void> {
  const now = new Date().toISOString()
  switch (event.type) {
    case 'Failure Observed': {
      const observation = event.detail
      const diagnosis = diagnose(observation)
      const applied = await applyFact(store, identityOf(observation.subject), { kind: 'observed', observation, diagnosis }, now)
      report(applied, { cluster: observation.cluster, observation: observation.id })
      return
    }
    case 'Workload Recovered': {
      const applied = await applyRecovery(store, event.detail, now)
      for (const one of applied) report(one, { cluster: event.detail.cluster, recovery: event.detail.id })
      return
    }
    case 'Cluster Heartbeat': {
      const before = await saveHeartbeat(store.table, event.detail, store.retentionDays)
      if (before?.silentSince === undefined) return
      for (const one of await applyRecovery(store, recoveryOfSilence(event.detail), now))
        report(one, { cluster: event.detail.cluster })
    }
  }
}

function report({ incident, change, reason, conflicts }: Applied, of: Record<string, string>): void {
  metrics.addMetric(change === undefined ? 'IncidentsUnchanged' : `Incidents${capital(change)}`, MetricUnit.Count, 1)
  if (conflicts > 0) metrics.addMetric('SaveConflicts', MetricUnit.Count, conflicts)
  logger.info(change ?? 'unchanged', { ...of, incident: incident?.id, cause: incident?.cause, reason })
}

const capital = (word: string) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`

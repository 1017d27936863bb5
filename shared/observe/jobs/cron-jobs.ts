import type { Evidence } from '../../evidence.ts'
import type { KubernetesObject } from '../../kubernetes.ts'
import type { ClusterEvent } from '../cluster-event.ts'
import type { ClusterIndex } from '../cluster-index.ts'
import { eventEvidence } from '../container-evidence.ts'
import type { Sighting } from '../draft.ts'

/** A CronJob, as far as it tells when it runs. */
export interface CronJob extends KubernetesObject {
  readonly spec?: {
    readonly suspend?: boolean
    readonly schedule?: string
    readonly concurrencyPolicy?: string
    readonly startingDeadlineSeconds?: number
  }
  readonly status?: {
    readonly lastScheduleTime?: string
    readonly lastSuccessfulTime?: string
    readonly active?: readonly { readonly name?: string }[]
  }
}

const missed =
  /^(?:FailedNeedsStart|Miss(?:ing)?Schedule|TooManyMissedTimes|JobAlreadyActive|Failed(?:Get|DateParsing|Create)|Unparse?ableSchedule|InvalidSchedule|UnknownTimeZone)$/

/** CronJobs that do not start their runs. */
export function missedRuns(index: ClusterIndex, now: string): Sighting[] {
  const names = new Map<string, ClusterEvent[]>()
  for (const event of index.events) {
    const { kind, namespace, name } = event.involved
    if (kind !== 'CronJob' || !missed.test(event.reason)) continue
    const key = JSON.stringify([namespace, name])
    names.set(key, [...(names.get(key) ?? []), event])
  }
  const told = [...names.values()].flatMap((events) => missedRun(index, events, now))
  const silent = (index.all('CronJob') as readonly CronJob[])
    .filter(({ metadata }) => !names.has(JSON.stringify([metadata?.namespace, metadata?.name])))
    .flatMap((job) => overdueRun(job, now))
  return [...told, ...silent]
}

function missedRun(index: ClusterIndex, events: readonly ClusterEvent[], now: string): Sighting[] {
  const latest = events.at(-1)
  if (latest === undefined || latest.reason === 'FailedCreate') return []
  const { namespace, name, uid } = latest.involved
  const cron = index.get('CronJob', namespace, name) as CronJob | undefined
  if (cron?.spec?.suspend === true) return []
  const started = index.eventsOf('CronJob', namespace, name).findLast(({ reason }) => reason === 'SuccessfulCreate')
  if (started?.lastAt !== undefined && latest.lastAt !== undefined && started.lastAt > latest.lastAt) return []
  const running = cron?.status?.active?.[0]?.name
  const object = cron ?? {
    kind: 'CronJob',
    metadata: { name, ...(namespace !== undefined && { namespace }), ...(uid !== undefined && { uid }) },
  }
  return [
    {
      object,
      symptom: latest.reason,
      evidence: [
        cronFacts(object, running, latest.message, now),
        ...events
          .toReversed()
          .slice(0, 4)
          .map((event) => eventEvidence(event, object)),
      ],
      ...(latest.lastAt !== undefined && { failedAt: latest.lastAt }),
    },
  ]
}

function cronFacts(cron: CronJob, running: string | undefined, quote: string, now: string): Evidence {
  const { schedule, concurrencyPolicy, startingDeadlineSeconds } = cron.spec ?? {}
  const last = cron.status?.lastScheduleTime
  return {
    source: 'object',
    quote,
    reason: 'CronJob',
    object: { kind: 'CronJob', name: cron.metadata?.name ?? '' },
    facts: {
      ...(schedule !== undefined && { schedule }),
      ...(concurrencyPolicy !== undefined && { policy: concurrencyPolicy }),
      ...(startingDeadlineSeconds !== undefined && { startingDeadline: String(startingDeadlineSeconds) }),
      ...(last !== undefined && { last, minutes: String(Math.round((Date.parse(now) - Date.parse(last)) / 60_000)) }),
      ...(running !== undefined && { running }),
    },
  }
}

/** A run of a schedule with a fixed step of minutes that is overdue by three of them, with nothing said about it. */
function overdueRun(cron: CronJob, now: string): Sighting[] {
  const { suspend, schedule = '', concurrencyPolicy } = cron.spec ?? {}
  const { lastScheduleTime, active = [] } = cron.status ?? {}
  const step = /^(?:\*|\*\/(\d+)) \* \* \* \*$/.exec(schedule)
  if (suspend === true || step === null || lastScheduleTime === undefined || cron.metadata?.deletionTimestamp !== undefined)
    return []
  const late = Date.parse(now) - Date.parse(lastScheduleTime)
  if (late < (3 * Number(step[1] ?? 1) + 1) * 60_000) return []
  const running = active[0]?.name
  if (running !== undefined && concurrencyPolicy !== 'Forbid') return []
  const quote =
    running === undefined
      ? `no run since ${lastScheduleTime}, schedule ${schedule}`
      : `${running} still runs, concurrency policy Forbid, no run since ${lastScheduleTime}, schedule ${schedule}`
  return [{ object: cron, symptom: 'MissSchedule', evidence: [cronFacts(cron, running, quote, now)] }]
}

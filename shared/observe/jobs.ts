import type { Evidence } from '../evidence.ts'
import type { Condition, KubernetesObject, PodSpec } from '../kubernetes.ts'
import type { Observation } from '../observation.ts'
import { utc, type ClusterEvent } from './cluster-event.ts'
import type { ClusterIndex } from './cluster-index.ts'
import { eventEvidence } from './container-evidence.ts'
import { toObservations, type Sighting } from './draft.ts'
import type { ObserveOptions } from './observer.ts'

interface Job extends KubernetesObject {
  readonly spec?: {
    readonly activeDeadlineSeconds?: number
    readonly backoffLimit?: number
    readonly template?: { readonly spec?: PodSpec }
  }
  readonly status?: {
    readonly conditions?: readonly Condition[]
    readonly failed?: number
    readonly succeeded?: number
    readonly startTime?: string
  }
}

interface CronJob extends KubernetesObject {
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

/** Finds Jobs that ended in failure, pods that ran past their deadline, and CronJobs that do not start their runs. */
export function observeJobs(index: ClusterIndex, options: ObserveOptions): Observation[] {
  return toObservations(index, options, [...failedJobs(index), ...overduePods(index), ...missedRuns(index, options.now)])
}

function failedJobs(index: ClusterIndex): Sighting[] {
  const known = (index.all('Job') as readonly Job[]).flatMap((job) => failedJob(index, job))
  return [...known, ...goneJobs(index)]
}

const ofFailure = /^(?:BackoffLimitExceeded|DeadlineExceeded|PodFailurePolicy|MaxFailedIndexesExceeded|FailedIndexes)$/

function failedJob(index: ClusterIndex, job: Job): Sighting[] {
  const { metadata, spec, status } = job
  if (metadata?.deletionTimestamp !== undefined) return []
  const failure = status?.conditions?.find(
    ({ type, status: met }) => (type === 'Failed' || type === 'FailureTarget') && met === 'True',
  )
  const events = index
    .eventsOf('Job', metadata?.namespace, metadata?.name ?? '', metadata?.uid)
    .filter(({ reason }) => ofFailure.test(reason))
  const done = status?.conditions?.some(({ type, status: met }) => type === 'Complete' && met === 'True') === true
  if (done || (failure === undefined && events.length === 0) || isMadeUpFor(index, job)) return []
  const at = utc(failure?.lastTransitionTime) ?? events.at(-1)?.lastAt
  const containers = spec?.template?.spec?.containers ?? []
  const facts = {
    ...(spec?.activeDeadlineSeconds !== undefined && { deadline: `${spec.activeDeadlineSeconds} s` }),
    ...(spec?.backoffLimit !== undefined && { limit: String(spec.backoffLimit) }),
    ...(status?.failed !== undefined && { failed: String(status.failed) }),
  }
  const reason = failure?.reason ?? events.at(-1)?.reason ?? 'Failed'
  const message = failure?.message ?? events.at(-1)?.message ?? ''
  return [
    {
      object: job,
      ...(containers.length === 1 && containers[0]?.name !== undefined && { container: containers[0].name }),
      symptom: reason,
      evidence: [
        {
          source: 'object',
          quote: [reason, message].filter((text) => text !== '').join(': '),
          reason: 'JobFailed',
          object: { kind: 'Job', name: metadata?.name ?? '' },
          facts: { ...facts, jobReason: reason },
          ...(at !== undefined && { at }),
        },
        ...events.map((event) => eventEvidence(event, job)),
      ],
      ...(at !== undefined && { failedAt: at }),
    },
  ]
}

/** A later run of the same CronJob went well. */
function isMadeUpFor(index: ClusterIndex, job: Job): boolean {
  const owner = job.metadata?.ownerReferences?.find(({ kind }) => kind === 'CronJob')
  if (owner === undefined) return false
  const succeeded = (index.get('CronJob', job.metadata?.namespace, owner.name) as CronJob | undefined)?.status?.lastSuccessfulTime
  return succeeded !== undefined && succeeded > (job.status?.startTime ?? job.metadata?.creationTimestamp ?? '')
}

/** A failed Job that was cleaned away has left its events. */
function goneJobs(index: ClusterIndex): Sighting[] {
  const latest = new Map<string, ClusterEvent>()
  for (const event of index.events) {
    const { kind, namespace, name } = event.involved
    if (kind !== 'Job' || !ofFailure.test(event.reason)) continue
    if (index.all('Job').some(({ metadata }) => metadata?.namespace === namespace)) continue
    latest.set(`${namespace} ${name}`, event)
  }
  return [...latest.values()].map((event) => {
    const { namespace, name, uid } = event.involved
    const object = {
      kind: 'Job',
      metadata: { name, ...(namespace !== undefined && { namespace }), ...(uid !== undefined && { uid }) },
    }
    return {
      object,
      symptom: event.reason,
      evidence: [eventEvidence(event, object)],
      ...(event.lastAt !== undefined && { failedAt: event.lastAt }),
    }
  })
}

/** A pod may have a deadline of its own, with or without a Job. */
function overduePods(index: ClusterIndex): Sighting[] {
  return index.pods.flatMap((pod): Sighting[] => {
    const { status, spec } = pod
    if (status?.reason !== 'DeadlineExceeded') return []
    const quote = [status.reason, status.message].filter(Boolean).join(': ')
    const containers = spec?.containers ?? []
    const deadline = spec?.activeDeadlineSeconds
    return [
      {
        object: pod,
        ...(containers.length === 1 && containers[0]?.name !== undefined && { container: containers[0].name }),
        symptom: 'DeadlineExceeded',
        evidence: [
          {
            source: 'object',
            quote,
            reason: 'PodOverdue',
            facts: { jobReason: 'DeadlineExceeded', ...(deadline !== undefined && { deadline: `${deadline} s` }) },
          },
        ],
      },
    ]
  })
}

const missed =
  /^(?:FailedNeedsStart|MissSchedule|MissingSchedule|TooManyMissedTimes|JobAlreadyActive|FailedGet|FailedDateParsing|UnparseableSchedule|UnparsableSchedule|InvalidSchedule|UnknownTimeZone|FailedCreate)$/

function missedRuns(index: ClusterIndex, now: string): Sighting[] {
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

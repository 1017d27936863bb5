import type { Condition, KubernetesObject, PodSpec } from '../../kubernetes.ts'
import { utc, type ClusterEvent } from '../cluster-event.ts'
import type { ClusterIndex } from '../cluster-index.ts'
import { eventEvidence } from '../container-evidence.ts'
import type { Sighting } from '../draft.ts'
import type { CronJob } from './cron-jobs.ts'

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

/** Jobs that have failed for good. */
export function failedJobs(index: ClusterIndex): Sighting[] {
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

import type { Evidence } from '../evidence.ts'
import type { Condition, KubernetesObject } from '../kubernetes.ts'
import type { Observation } from '../observation.ts'
import { utc, type ClusterEvent } from './cluster-event.ts'
import type { ClusterIndex } from './cluster-index.ts'
import { eventEvidence } from './container-evidence.ts'
import { toObservations, type Sighting } from './draft.ts'
import type { ObserveOptions } from './observer.ts'

interface Controller extends KubernetesObject {
  readonly spec?: { readonly replicas?: number }
  readonly status?: {
    readonly replicas?: number
    readonly readyReplicas?: number
    readonly currentNumberScheduled?: number
    readonly desiredNumberScheduled?: number
    readonly active?: number
    readonly succeeded?: number
    readonly conditions?: readonly Condition[]
  }
}

const rejected =
  /^(?:FailedCreate|FailedUpdate|ReplicaSetCreateError|FailedRollout\w*|FailedPatch|FailedPlacement|CreateFailed|FailedToCreate\w*|ReconcileError|ReconcileFailed|SyncError|InstallFailed|RolloutFailed)$/

const controllers = [
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'ReplicationController',
  'Job',
  'DeploymentConfig',
  'CronJob',
]

/** Finds workloads whose pods the API server does not let in, and rollouts that have passed their deadline. */
export function observeWorkloads(index: ClusterIndex, options: ObserveOptions): Observation[] {
  return toObservations(index, options, [...rejections(index), ...stalls(index)])
}

function rejections(index: ClusterIndex): Sighting[] {
  const byObject = new Map<string, ClusterEvent[]>()
  for (const event of index.events) {
    const { kind, namespace, name } = event.involved
    if (
      kind === 'Pod' ||
      kind === 'Node' ||
      event.type !== 'Warning' ||
      !(rejected.test(event.reason) || isRefusal(event.message))
    )
      continue
    const key = JSON.stringify([kind, namespace, name])
    byObject.set(key, [...(byObject.get(key) ?? []), event])
  }
  const told = [...byObject.values()].flatMap((events) => rejectionOf(index, events))
  const conditions = controllers.flatMap((kind) =>
    index
      .all(kind)
      .flatMap((object) =>
        byObject.has(JSON.stringify([kind, object.metadata?.namespace, object.metadata?.name])) ? [] : failureOf(index, object),
      ),
  )
  return [...told, ...conditions]
}

/** Operators and other controllers have reasons of their own for what the API server refused them. */
const isRefusal = (message: string) =>
  /admission webhook "|failed calling webhook|is forbidden: (?:exceeded quota|failed quota|violates PodSecurity|unable to validate|error looking up)|unable to validate against any/.test(
    message,
  )

function rejectionOf(index: ClusterIndex, events: readonly ClusterEvent[]): Sighting[] {
  const latest = events.at(-1)
  if (latest === undefined) return []
  const { kind, namespace, name, uid } = latest.involved
  const object = index.get(kind, namespace, name)
  if (object === undefined && index.all(kind).some(({ metadata }) => metadata?.namespace === namespace)) return []
  if (object !== undefined && isOver(index, object, latest)) return []
  const named = object ?? {
    kind,
    metadata: { name, ...(namespace !== undefined && { namespace }), ...(uid !== undefined && { uid }) },
  }
  const distinct = events
    .toReversed()
    .filter(({ message }, at, all) => all.findIndex((other) => withoutNames(other.message) === withoutNames(message)) === at)
  return [
    {
      object: named,
      symptom: latest.reason,
      evidence: [...distinct.slice(0, 6).map((event) => eventEvidence(event, named)), ...conditionsOf(named)],
      ...(latest.lastAt !== undefined && { failedAt: latest.lastAt }),
      rank: object === undefined ? 0 : 1,
    },
  ]
}

const withoutNames = (message: string) => message.replace(/^\(combined from similar events\): /, '').replace(/"[^"]*"/g, '""')

/** Pods have been let in since: the controller has as many as it wants, or wants none. */
function isOver(index: ClusterIndex, object: KubernetesObject, latest: ClusterEvent): boolean {
  const { spec, status } = object as Controller
  if (object.metadata?.deletionTimestamp !== undefined) return true
  const fails = status?.conditions?.some(({ type, status: met }) => type === 'ReplicaFailure' && met === 'True') === true
  if (fails) return false
  if (object.kind === 'Job') return (status?.succeeded ?? 0) > 0 || (status?.active ?? 0) > 0
  const wanted = object.kind === 'DaemonSet' ? status?.desiredNumberScheduled : spec?.replicas
  const has = object.kind === 'DaemonSet' ? status?.currentNumberScheduled : status?.replicas
  if (wanted !== undefined && has !== undefined && has >= wanted) return true
  if (wanted === 0) return true
  const created = index
    .eventsOf(latest.involved.kind, latest.involved.namespace, latest.involved.name)
    .findLast(({ reason }) => reason === 'SuccessfulCreate')
  return wanted === undefined && created?.lastAt !== undefined && latest.lastAt !== undefined && created.lastAt > latest.lastAt
}

/** That a controller cannot make its pods may stand in its conditions alone, when the events are gone. */
function failureOf(index: ClusterIndex, object: KubernetesObject): Sighting[] {
  const conditions = (object as Controller).status?.conditions ?? []
  const failure = conditions.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True')
  const root = index.rootOf(object)
  // The Deployment repeats what its ReplicaSet says.
  if (
    failure === undefined ||
    (object.kind === 'Deployment' && index.all('ReplicaSet').some((set) => isOf(index, set, object) && hasFailure(set)))
  )
    return []
  const at = utc(failure.lastTransitionTime)
  return [
    {
      object,
      ...(root && { workload: root }),
      symptom: failure.reason ?? 'ReplicaFailure',
      evidence: conditionsOf(object),
      ...(at !== undefined && { failedAt: at }),
      rank: 1,
    },
  ]
}

const hasFailure = (object: KubernetesObject) =>
  (object as Controller).status?.conditions?.some(({ type, status }) => type === 'ReplicaFailure' && status === 'True') === true
const isOf = (index: ClusterIndex, object: KubernetesObject, owner: KubernetesObject) => {
  const root = index.rootOf(object)
  return (
    object.metadata?.namespace === owner.metadata?.namespace && root?.kind === owner.kind && root?.name === owner.metadata?.name
  )
}

function conditionsOf(object: KubernetesObject): Evidence[] {
  const conditions = (object as Controller).status?.conditions ?? []
  return conditions
    .filter(
      ({ type, status, reason }) =>
        (type === 'ReplicaFailure' && status === 'True') ||
        (type === 'Progressing' && status === 'False' && reason !== undefined),
    )
    .map(({ type, reason, message = '', lastTransitionTime }) => {
      const at = utc(lastTransitionTime)
      return {
        source: 'status',
        state: 'condition',
        quote: `${type}: ${message || reason}`,
        ...(reason !== undefined && { reason }),
        message,
        ...(at !== undefined && { at }),
      }
    })
}

function stalls(index: ClusterIndex): Sighting[] {
  return index.all('Deployment').flatMap((object): Sighting[] => {
    const { status, spec } = object as Controller
    const progress = status?.conditions?.find(
      ({ type, status: met, reason }) => type === 'Progressing' && met === 'False' && reason === 'ProgressDeadlineExceeded',
    )
    if (progress === undefined || spec?.replicas === 0 || object.metadata?.deletionTimestamp !== undefined) return []
    const at = utc(progress.lastTransitionTime)
    const { replicas = 0, readyReplicas = 0 } = status ?? {}
    return [
      {
        object,
        workload: { kind: 'Deployment', name: object.metadata?.name ?? '' },
        symptom: 'ProgressDeadlineExceeded',
        evidence: [
          ...conditionsOf(object),
          ...gatesOf(index, object),
          {
            source: 'object',
            quote: `${readyReplicas} of ${spec?.replicas ?? replicas} replicas are ready`,
            reason: 'Replicas',
            facts: { ready: String(readyReplicas), wanted: String(spec?.replicas ?? replicas) },
          },
        ],
        ...(at !== undefined && { failedAt: at }),
      },
    ]
  })
}

/** Conditions that others must set before a pod counts as ready. */
function gatesOf(index: ClusterIndex, object: KubernetesObject): Evidence[] {
  const pods = index.pods.filter((pod) => isOf(index, pod, object))
  const gates = pods.flatMap((pod) => {
    const wanted = (
      (pod.spec as { readinessGates?: readonly { readonly conditionType?: string }[] } | undefined)?.readinessGates ?? []
    ).flatMap(({ conditionType }) => conditionType ?? [])
    return wanted.filter(
      (gate) => pod.status?.conditions?.some(({ type, status }) => type === gate && status === 'True') !== true,
    )
  })
  const unset = [...new Set(gates)]
  if (unset.length === 0) return []
  return [
    {
      source: 'object',
      quote: `readiness gate ${unset.join(', ')} is not set on ${pods.length} pods`,
      reason: 'ReadinessGate',
      facts: { gate: unset.join(', ') },
    },
  ]
}

import { anyOf } from '../../causes/any-of.ts'
import type { KubernetesObject } from '../../kubernetes.ts'
import { utc, type ClusterEvent } from '../cluster-event.ts'
import type { ClusterIndex } from '../cluster-index.ts'
import { eventEvidence } from '../container-evidence.ts'
import type { Sighting } from '../draft.ts'
import { conditionsOf, isOf, type Controller } from './controller.ts'

const rejected = anyOf([
  /^(?:FailedCreate|FailedUpdate|FailedPatch|FailedPlacement|FailedRollout\w*|FailedToCreate\w*)$/,
  /^(?:ReplicaSetCreateError|CreateFailed|InstallFailed|RolloutFailed|ReconcileError|ReconcileFailed|SyncError)$/,
])

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

/** Controllers whose objects the API server does not let in. */
export function rejections(index: ClusterIndex): Sighting[] {
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

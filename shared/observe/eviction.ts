import type { Evidence } from '../evidence.ts'
import type { Pod } from '../kubernetes.ts'
import type { Observation } from '../observation.ts'
import { changesOf } from './changes.ts'
import { utc, type ClusterEvent } from './cluster-event.ts'
import type { ClusterIndex } from './cluster-index.ts'
import { eventEvidence, podStatusEvidence } from './container-evidence.ts'
import { toObservations, type Sighting } from './draft.ts'
import { nodeEvidence } from './node-evidence.ts'
import type { ObserveOptions } from './observer.ts'
import { ownerByName } from './owner-by-name.ts'
import { specEvidence } from './spec-evidence.ts'
import { isSuperseded } from './superseded.ts'

const refused = /^(?:Outof|NodeAffinity|NodePorts|TaintToleration|UnexpectedPredicateFailureType|PodFitsHostPorts|NodeName)/i
const removed = /^(?:Evicted|Preempt|NodeLost|NodeUnreachable|NodeShutdown|Shutdown|Terminated$|TerminationByKubelet)/i
const eviction = /^(?:Evicte?d?|Preempted|Preempting|GotPreempted)$/

/** A removed pod stays as a record; when its place is taken by one that is well, it is past after this time. */
const past = 30 * 60_000

/** Finds the pods that a node, or a pod of higher priority, has thrown out or refused. */
export function observeEvictions(index: ClusterIndex, options: ObserveOptions): Observation[] {
  const sightings = index.pods
    .filter((pod) => (isOut(pod) || isThrownOut(index, pod)) && !isPast(index, pod, options.now))
    .map((pod) => sightingOf(index, pod))
  return toObservations(index, options, [...sightings, ...ofGonePods(index, options)])
}

function isOut({ status, metadata }: Pod): boolean {
  const reason = status?.reason ?? ''
  if (metadata?.deletionTimestamp !== undefined && !removed.test(reason)) return false
  return removed.test(reason) || (status?.phase === 'Failed' && refused.test(reason))
}

/** Schedulers of others (Volcano) leave no reason at the pod that they evict, but an event. */
const isThrownOut = (index: ClusterIndex, { metadata, status }: Pod) =>
  status?.phase === 'Failed' &&
  status.reason === undefined &&
  index.eventsOf('Pod', metadata?.namespace, metadata?.name ?? '', metadata?.uid).some(({ reason }) => eviction.test(reason))

function isPast(index: ClusterIndex, pod: Pod, now: string): boolean {
  const { reason = '', conditions = [] } = pod.status ?? {}
  const replaced = isSuperseded(index, pod)
  if (/Shutdown|Terminated/i.test(reason)) return replaced
  const at = utc(conditions.find(({ type }) => type === 'DisruptionTarget')?.lastTransitionTime) ?? utc(pod.status?.startTime)
  return replaced && at !== undefined && Date.parse(now) - Date.parse(at) > past
}

const isWell = ({ status }: Pod) =>
  status?.phase === 'Succeeded' ||
  status?.conditions?.some(({ type, status: met }) => type === 'Ready' && met === 'True') === true

function sightingOf(index: ClusterIndex, pod: Pod): Sighting {
  const { namespace, name = '', uid } = pod.metadata ?? {}
  const { status, spec } = pod
  const events = index
    .eventsOf('Pod', namespace, name, uid)
    .filter(({ type, reason }) => type === 'Warning' || eviction.test(reason))
  const named = /[Cc]ontainer "?([a-z0-9][-a-z0-9]*)"? (?:was using|exceeded)/.exec(status?.message ?? '')?.[1]
  const containers = spec?.containers ?? []
  const container = containers.find((one) => one.name === named) ?? (containers.length === 1 ? containers[0] : undefined)
  const at = utc(status?.conditions?.find(({ type }) => type === 'DisruptionTarget')?.lastTransitionTime) ?? events.at(-1)?.lastAt
  const evidence: Evidence[] = [
    ...podStatusEvidence(pod),
    ...events.toReversed().map((event) => eventEvidence(event)),
    ...preemptor(index, [status?.message, ...events.map(({ message }) => message)]),
    ...(container ? [specEvidence(pod, container, false, {})] : []),
    ...nodeEvidence(index, pod),
  ]
  return {
    object: pod,
    ...(container?.name !== undefined && { container: container.name }),
    symptom: status?.reason ?? 'Evicted',
    evidence,
    changes: changesOf(index, pod),
    ...(at !== undefined && { failedAt: at }),
    mark: uid ?? name,
    // The latest record speaks for the others.
    rank: at === undefined ? 0 : Date.parse(at) / 1e13,
  }
}

/** Schedulers name the pod that took the place by its uid; people know it by its name. */
function preemptor(index: ClusterIndex, messages: readonly (string | undefined)[]): Evidence[] {
  const uid = messages.map((message = '') => /by (?:a )?pod ([0-9a-f-]{36})\b/i.exec(message)?.[1]).find(Boolean)
  const pod = uid === undefined ? undefined : index.pods.find(({ metadata }) => metadata?.uid === uid)
  if (pod === undefined) return []
  const name = `${pod.metadata?.namespace}/${pod.metadata?.name}`
  return [
    {
      source: 'object',
      quote: `the pod ${uid} is ${name}`,
      reason: 'Preemptor',
      object: { kind: 'Pod', name: pod.metadata?.name ?? '' },
      facts: { preemptor: name },
    },
  ]
}

/** A pod that was thrown out and deleted has left only its events. */
function ofGonePods(index: ClusterIndex, { now }: ObserveOptions): Sighting[] {
  const gone = new Map<string, ClusterEvent>()
  for (const event of index.events) {
    const { kind, namespace, name } = event.involved
    if (kind !== 'Pod' || !eviction.test(event.reason) || index.get('Pod', namespace, name) !== undefined) continue
    if (/TaintManagerEviction|deletion/i.test(event.message)) continue
    gone.set(`${namespace} ${name}`, event)
  }
  const byWorkload = gone.size === 0 ? new Map<string, Pod[]>() : podsByWorkload(index)
  return [...gone.values()].flatMap((event): Sighting[] => {
    const { namespace, name, uid } = event.involved
    const workload = ownerByName(index, namespace, name)
    const others = workload === undefined ? [] : (byWorkload.get(JSON.stringify([namespace, workload.kind, workload.name])) ?? [])
    const isFresh = event.lastAt === undefined || Date.parse(now) - Date.parse(event.lastAt) < past
    if (others.length > 0 && others.every(isWell) && (!isFresh || event.reason !== 'Evicted')) return []
    const [like] = others
    const containers = like?.spec?.containers ?? []
    return [
      {
        object: {
          kind: 'Pod',
          metadata: { name, ...(namespace !== undefined && { namespace }), ...(uid !== undefined && { uid }) },
        },
        ...(workload && { workload }),
        ...(containers.length === 1 && containers[0]?.name !== undefined && { container: containers[0].name }),
        symptom: event.reason,
        evidence: [
          ...index
            .eventsOf('Pod', namespace, name)
            .filter(({ type, reason }) => type === 'Warning' || eviction.test(reason))
            .toReversed()
            .map((one) => eventEvidence(one)),
          ...preemptor(index, [event.message]),
        ],
        ...(event.lastAt !== undefined && { failedAt: event.lastAt }),
        rank: -1,
      },
    ]
  })
}

function podsByWorkload(index: ClusterIndex): Map<string, Pod[]> {
  const byWorkload = new Map<string, Pod[]>()
  for (const pod of index.pods) {
    const root = index.rootOf(pod)
    const key = JSON.stringify([pod.metadata?.namespace, root?.kind, root?.name])
    const pods = byWorkload.get(key)
    if (pods === undefined) byWorkload.set(key, [pod])
    else pods.push(pod)
  }
  return byWorkload
}

import type { Evidence } from '../evidence.ts'
import type { Pod } from '../kubernetes.ts'
import type { Observation } from '../observation.ts'
import { changesOf } from './changes.ts'
import { claimEvidence } from './claim-evidence.ts'
import { claimGrace } from './claim-grace.ts'
import { utc, type ClusterEvent } from './cluster-event.ts'
import type { ClusterIndex } from './cluster-index.ts'
import { eventEvidence } from './container-evidence.ts'
import { toObservations, type Sighting } from './draft.ts'
import type { ObserveOptions } from './observer.ts'
import { ownerByName } from './owner-by-name.ts'
import { isOfAutoscaler, servingOf, type Serving } from './scheduling/autoscaling.ts'
import { isOfKarpenter } from './scheduling/karpenter-message.ts'
import { readVerdict } from './scheduling/scheduler-message.ts'
import { verdictEvidence } from './scheduling/verdict-evidence.ts'
import { specEvidence } from './spec-evidence.ts'

const failedScheduling = /^failedscheduling$|^Unschedulable$|^FailedBinding$/i

/** Finds the pods that no node takes, and which of the scheduler's reasons is the one that counts. */
export function observeScheduling(index: ClusterIndex, options: ObserveOptions): Observation[] {
  const pending = index.pods.filter((pod) => isUnscheduled(index, pod, options.now))
  const sightings = pending.flatMap((pod) => {
    const serving = servingOf(eventsOf(index, pod), options.now)
    return serving === 'just now' ? [] : [sightingOf(index, pod, serving)]
  })
  return toObservations(index, options, [...sightings, ...ofGoneObjects(index, sightings.length > 0)])
}

function isUnscheduled(index: ClusterIndex, pod: Pod, now: string): boolean {
  const { spec, status, metadata } = pod
  if (metadata?.deletionTimestamp !== undefined || spec?.nodeName !== undefined) return false
  if (status?.phase !== undefined && status.phase !== 'Pending') return false
  if ((status?.containerStatuses ?? []).length > 0) return false
  const condition = status?.conditions?.find(({ type }) => type === 'PodScheduled')
  if (condition?.status === 'True' || condition?.reason === 'SchedulingGated') return false
  const events = eventsOf(index, pod)
  const latest = events.findLast(({ reason }) => failedScheduling.test(reason) || reason === 'Scheduled')
  if (latest?.reason === 'Scheduled') return false
  return (
    (latest !== undefined || condition?.reason === 'Unschedulable') &&
    !isBeingProvisioned(index, pod, latest, condition?.message, now)
  )
}

const eventsOf = (index: ClusterIndex, { metadata }: Pod) =>
  index.eventsOf('Pod', metadata?.namespace, metadata?.name ?? '', metadata?.uid)

/** A volume that is made for a claim takes some seconds to come. */
function isBeingProvisioned(
  index: ClusterIndex,
  { metadata, spec }: Pod,
  latest: ClusterEvent | undefined,
  stated: string | undefined,
  now: string,
): boolean {
  const graces = (spec?.volumes ?? []).map(({ persistentVolumeClaim }) =>
    claimGrace(index, metadata?.namespace, persistentVolumeClaim?.claimName),
  )
  const grace = Math.max(0, ...graces)
  if (metadata?.creationTimestamp === undefined || Date.parse(now) - Date.parse(metadata.creationTimestamp) > grace) return false
  return readVerdict(stated ?? latest?.message ?? '').predicates.some(({ kind }) => kind === 'claim-unbound')
}

function sightingOf(index: ClusterIndex, pod: Pod, serving: Exclude<Serving, 'just now'>): Sighting {
  const events = eventsOf(index, pod)
  const failures = events.filter(({ reason }) => failedScheduling.test(reason))
  // Karpenter says why it makes no node; what the scheduler says of the nodes that there are comes first.
  const told = failures.findLast(({ message }) => !isOfKarpenter(message)) ?? failures.at(-1)
  const condition = pod.status?.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False')
  const message =
    [condition?.message, told?.message].find((text) => text !== undefined && readVerdict(text).predicates.length > 0) ??
    told?.message ??
    condition?.message ??
    ''
  const containers = pod.spec?.containers ?? []
  const [only] = containers
  const at = told?.lastAt ?? utc(condition?.lastTransitionTime)
  const autoscaler = events.filter((event) => isOfAutoscaler(event) || (event !== told && isOfKarpenter(event.message))).slice(-3)
  const served = serving === 'no' ? {} : { served: serving.since }
  const evidence: Evidence[] = [
    ...verdictEvidence(index, pod, message, at, served),
    ...(told ? [eventEvidence(told)] : []),
    ...claimEvidence(index, pod),
    ...autoscaler.map((event) => eventEvidence(event)),
    ...(only ? [specEvidence(pod, only, false, {})] : []),
  ]
  return {
    object: pod,
    ...(containers.length === 1 && only?.name !== undefined && { container: only.name }),
    symptom: 'Pending',
    evidence,
    changes: changesOf(index, pod),
    ...revisionOf(pod),
    ...(at !== undefined && { failedAt: at }),
    // That the ordered node did not come is news.
    ...(serving !== 'no' && { mark: 'served' }),
    rank: message === '' ? 0 : serving === 'no' ? 2 : 1,
  }
}

function revisionOf({ metadata }: Pod): { revision?: string } {
  const revision = metadata?.labels?.['pod-template-hash'] ?? metadata?.labels?.['controller-revision-hash']
  return revision === undefined ? {} : { revision }
}

/** What is left of pods that the snapshot lacks, and of groups of pods: their events. */
function ofGoneObjects(index: ClusterIndex, found: boolean): Sighting[] {
  if (found) return []
  const latest = new Map<string, ClusterEvent>()
  for (const event of index.events) {
    const { kind, namespace, name } = event.involved
    if (!failedScheduling.test(event.reason) || kind === 'PersistentVolumeClaim') continue
    if (index.pods.some(({ metadata }) => metadata?.namespace === namespace)) continue
    if (index.eventsOf(kind, namespace, name).some(({ reason }) => reason === 'Scheduled')) continue
    latest.set(`${kind} ${namespace} ${name}`, event)
  }
  return [...latest.values()].map((event): Sighting => {
    const { kind, namespace, name, uid } = event.involved
    const object = { kind, metadata: { name, ...(namespace !== undefined && { namespace }), ...(uid !== undefined && { uid }) } }
    const workload = kind === 'Pod' ? ownerByName(index, namespace, name) : undefined
    return {
      object,
      ...(workload && { workload }),
      symptom: 'Pending',
      evidence: [...verdictEvidence(index, object, event.message, event.lastAt), eventEvidence(event)],
      ...(event.lastAt !== undefined && { failedAt: event.lastAt }),
    }
  })
}

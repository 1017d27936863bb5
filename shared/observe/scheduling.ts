import type { Evidence, EvidenceOf } from '../evidence.ts'
import type { Pod } from '../kubernetes.ts'
import type { Observation } from '../observation.ts'
import { formatQuantity, parseQuantity } from '../quantity.ts'
import { changesOf } from './changes.ts'
import { claimEvidence } from './claim-evidence.ts'
import { utc, type ClusterEvent } from './cluster-event.ts'
import type { ClusterIndex } from './cluster-index.ts'
import { eventEvidence } from './container-evidence.ts'
import { decisive } from './decisive.ts'
import { toObservations, type Sighting } from './draft.ts'
import { matchesSelector, requiredTerms, untolerated, type Node } from './node-fit.ts'
import type { ObserveOptions } from './observer.ts'
import { ownerByName } from './owner-by-name.ts'
import { readVerdict, type Predicate } from './scheduler-message.ts'
import { specEvidence } from './spec-evidence.ts'

const failedScheduling = /^failedscheduling$|^Unschedulable$|^FailedBinding$/i

/** Finds the pods that no node takes, and which of the scheduler's reasons is the one that counts. */
export function observeScheduling(index: ClusterIndex, options: ObserveOptions): Observation[] {
  const pending = index.pods.filter((pod) => isUnscheduled(index, pod, options.now))
  const sightings = pending.flatMap((pod) => sightingOf(index, pod))
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
    !isBeingServed(events, now) &&
    !isBeingProvisioned(pod, latest, condition?.message, now)
  )
}

const eventsOf = (index: ClusterIndex, { metadata }: Pod) =>
  index.eventsOf('Pod', metadata?.namespace, metadata?.name ?? '', metadata?.uid)

/** A volume that is made for a claim takes some seconds to come. */
function isBeingProvisioned(
  { metadata }: Pod,
  latest: ClusterEvent | undefined,
  stated: string | undefined,
  now: string,
): boolean {
  if (metadata?.creationTimestamp === undefined || Date.parse(now) - Date.parse(metadata.creationTimestamp) > 20_000) return false
  return readVerdict(stated ?? latest?.message ?? '').predicates.some(({ kind }) => kind === 'claim-unbound')
}

/** An autoscaler has ordered a node, and it is still on its way. */
function isBeingServed(events: readonly ClusterEvent[], now: string): boolean {
  const latest = events.findLast(
    ({ reason, message }) => /^(?:TriggeredScaleUp|NotTriggerScaleUp|Nominated)$/.test(reason) && !/NotTrigger/.test(message),
  )
  if (latest === undefined || latest.reason === 'NotTriggerScaleUp' || latest.lastAt === undefined) return false
  return Date.parse(now) - Date.parse(latest.lastAt) < 10 * 60_000
}

function sightingOf(index: ClusterIndex, pod: Pod): Sighting[] {
  const events = eventsOf(index, pod)
  const told = events.findLast(({ reason }) => failedScheduling.test(reason))
  const condition = pod.status?.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False')
  const message =
    [condition?.message, told?.message].find((text) => text !== undefined && readVerdict(text).predicates.length > 0) ??
    told?.message ??
    condition?.message ??
    ''
  const containers = pod.spec?.containers ?? []
  const [only] = containers
  const at = told?.lastAt ?? utc(condition?.lastTransitionTime)
  const autoscaler = events
    .filter(({ reason }) => /TriggerScaleUp|TriggeredScaleUp|^FailedScheduling$/.test(reason) && reason !== told?.reason)
    .slice(-3)
  const evidence: Evidence[] = [
    ...verdictEvidence(index, pod, message, at),
    ...(told ? [eventEvidence(told)] : []),
    ...claimEvidence(index, pod),
    ...autoscaler.map((event) => eventEvidence(event)),
    ...(only ? [specEvidence(pod, only, false, {})] : []),
  ]
  return [
    {
      object: pod,
      ...(containers.length === 1 && only?.name !== undefined && { container: only.name }),
      symptom: 'Pending',
      evidence,
      changes: changesOf(index, pod),
      ...revisionOf(pod),
      ...(at !== undefined && { failedAt: at }),
      rank: message === '' ? 0 : 1,
    },
  ]
}

function revisionOf({ metadata }: Pod): { revision?: string } {
  const revision = metadata?.labels?.['pod-template-hash'] ?? metadata?.labels?.['controller-revision-hash']
  return revision === undefined ? {} : { revision }
}

/** The reason that decides first, the others after it. */
function verdictEvidence(index: ClusterIndex, pod: Pod, message: string, at: string | undefined): EvidenceOf<'object'>[] {
  const nodes = index.all('Node') as readonly Node[]
  const verdict = readVerdict(message)
  const first = decisive(verdict, pod, nodes)
  const quote = message.replace(/[.,]? preemption: .*$/s, '')
  const piece = (predicate: Predicate | undefined, decides: boolean): EvidenceOf<'object'> => ({
    source: 'object',
    quote,
    reason: 'Unschedulable',
    ...(at !== undefined && { at }),
    object: { kind: 'Pod', name: pod.metadata?.name ?? '' },
    facts: {
      predicate: predicate?.kind ?? 'unknown',
      decides: decides ? 'yes' : 'no',
      ...(verdict.total !== undefined && { total: String(verdict.total) }),
      ...(predicate?.nodes !== undefined && { nodes: String(predicate.nodes) }),
      ...(predicate?.detail !== undefined && { detail: predicate.detail }),
      ...(predicate && factsOf(predicate, pod, nodes)),
    },
  })
  const others = verdict.predicates.filter(
    ({ kind, detail }) => kind !== first?.kind || (kind === 'resource' && detail !== first.detail),
  )
  return [piece(first, true), ...others.map((predicate) => piece(predicate, false))]
}

/** What the pod asks for and what the nodes have of it. */
function factsOf({ kind, detail }: Predicate, pod: Pod, nodes: readonly Node[]): Record<string, string> {
  const suited = nodes.filter((node) => matchesSelector(pod, node) && untolerated(pod, node).length === 0)
  switch (kind) {
    case 'cpu':
    case 'memory':
    case 'resource':
      return resourceFacts(pod, suited, kind === 'resource' ? (detail ?? '') : kind)
    case 'selector':
      return selectorFacts(pod, nodes)
    case 'pods':
      return {
        ...(suited[0] && { largest: `${suited[0].metadata?.name} takes ${suited[0].status?.allocatable?.['pods'] ?? '?'} pods` }),
      }
    case 'port': {
      const ports = (pod.spec?.containers ?? []).flatMap(({ ports: all = [] }) => all.flatMap(({ hostPort }) => hostPort ?? []))
      return ports.length === 0 ? {} : { ports: ports.join(', ') }
    }
    case 'pressure': {
      const pressed = nodes.find((node) => matchesSelector(pod, node) && node.spec?.taints?.some(({ key }) => key === detail))
      return pressed?.metadata?.name === undefined ? {} : { node: pressed.metadata.name }
    }
    case 'cordoned': {
      const cordoned = nodes
        .filter((node) => node.spec?.unschedulable === true && matchesSelector(pod, node))
        .flatMap(({ metadata }) => metadata?.name ?? [])
      return cordoned.length === 0 ? {} : { cordoned: cordoned.join(' ') }
    }
    case 'taint': {
      const tainted = nodes.find(
        (node) => matchesSelector(pod, node) && untolerated(pod, node).some(({ key }) => detail?.startsWith(key ?? '?')),
      )
      const effect = tainted && untolerated(pod, tainted)[0]?.effect
      return {
        ...(tainted?.metadata?.name !== undefined && { node: tainted.metadata.name }),
        ...(effect !== undefined && { effect }),
      }
    }
    default:
      return {}
  }
}

function resourceFacts(pod: Pod, nodes: readonly Node[], resource: string): Record<string, string> {
  const requested = (pod.spec?.containers ?? []).reduce(
    (sum, { resources }) => sum + (parseQuantity(resources?.requests?.[resource] ?? resources?.limits?.[resource]) ?? 0),
    0,
  )
  const best = nodes
    .map(({ metadata, status }) => ({ name: metadata?.name ?? '', has: parseQuantity(status?.allocatable?.[resource]) ?? 0 }))
    .sort((a, b) => b.has - a.has)[0]
  return {
    resource,
    ...(requested > 0 && { requested: formatQuantity(requested, resource) }),
    ...(best !== undefined && {
      largest: `${best.name}, offers ${formatQuantity(best.has, resource)}`,
      ...(requested > best.has && { never: 'yes' }),
    }),
  }
}

function selectorFacts(pod: Pod, nodes: readonly Node[]): Record<string, string> {
  const wanted = [
    ...Object.entries(pod.spec?.nodeSelector ?? {}).map(([key, value]) => ({
      key,
      values: [value] as readonly string[],
      text: `${key}=${value}`,
    })),
    ...requiredTerms(pod.spec?.affinity).flatMap(({ matchExpressions = [] }) =>
      matchExpressions.map(({ key = '', operator = 'In', values = [] }) => ({
        key,
        values,
        text: `${key} ${operator} (${values.join(', ')})`,
      })),
    ),
  ]
  if (wanted.length === 0) return {}
  const has = wanted.flatMap(({ key }) => {
    const values = [...new Set(nodes.flatMap(({ metadata }) => metadata?.labels?.[key] ?? []))]
    return values.length === 0
      ? nodes.length > 0
        ? [`no node has the label ${key}`]
        : []
      : [`the nodes have ${key}=${values.slice(0, 6).join(', ')}`]
  })
  return { selector: wanted.map(({ text }) => text).join(', '), ...(has.length > 0 && { offered: has.join('; ') }) }
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

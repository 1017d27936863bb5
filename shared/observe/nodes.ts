import type { Evidence, EvidenceOf } from '../evidence.ts'
import type { Pod } from '../kubernetes.ts'
import type { Observation } from '../observation.ts'
import { utc, type ClusterEvent } from './cluster-event.ts'
import type { ClusterIndex } from './cluster-index.ts'
import { eventEvidence } from './container-evidence.ts'
import { toObservations, type Sighting } from './draft.ts'
import { nodeEvidence } from './node-evidence.ts'
import type { Node } from './node-fit.ts'
import type { ObserveOptions } from './observer.ts'

/** What the kubelet or the node's controllers say when a node is in trouble. */
const troubles =
  /^(?:NodeNotReady|NodeStatusUnknown|NodeHasInsufficientMemory|NodeHasDiskPressure|NodeHasInsufficientPID|NodeUnderMemoryPressure|NodeUnderDiskPressure|EvictionThresholdMet|FreeDiskSpaceFailed|ImageGCFailed|ContainerGCFailed|SystemOOM|OOMKilling|InvalidDiskCapacity|KubeletNotReady|KubeletSetupFailed|NodeNotSchedulable|Rebooted|ContainerdUnhealthy|KubeletUnhealthy|DockerHung|KernelDeadlock|ReadonlyFilesystem|FilesystemCorruptionProblem|Unregister\w*|NodeOutOfDisk|FailedNodeAllocatableEnforcement)$/

/** Of no weight by themselves: a node that is well says them too. */
const harmless = /^(?:InvalidDiskCapacity|OOMKilling|Rebooted|NodeNotSchedulable)$/

/** An event about a node that is over, once the node says the opposite. */
const recovered = /^(?:NodeReady|NodeHasSufficientMemory|NodeHasNoDiskPressure|NodeHasSufficientPID)$/

/** Finds nodes in trouble, and the workloads whose pods went down with one. */
export function observeNodes(index: ClusterIndex, options: ObserveOptions): Observation[] {
  const nodes = index.all('Node') as readonly Node[]
  const lost = nodes.filter(isLost)
  const victims = index.pods.filter((pod) => isVictim(index, pod, lost))
  const sightings = victims.map((pod) => victimSighting(index, pod))
  const struck = new Set(victims.map(({ spec }) => spec?.nodeName))
  const own = nodes
    .filter((node) => matters(index, node) && !struck.has(node.metadata?.name))
    .flatMap((node) => nodeSighting(index, node, options.now))
  return toObservations(index, options, [...sightings, ...own, ...ofUnknownNodes(index, options.now)])
}

const readiness = ({ status }: Node) => status?.conditions?.find(({ type }) => type === 'Ready')
const isLost = (node: Node) => {
  const ready = readiness(node)
  return ready !== undefined && ready.status !== 'True'
}

/** A node that carries none of the pods that are looked at is nobody's trouble here; in a list of nodes alone each one matters. */
function matters(index: ClusterIndex, node: Node): boolean {
  return (
    index.pods.length === 0 ||
    index.pods.some(({ spec, status }) => spec?.nodeName === node.metadata?.name && status?.phase !== 'Failed')
  )
}

/** Pods of DaemonSets stay with their node by design, and are not worth a word of their own. */
function isVictim(index: ClusterIndex, pod: Pod, lost: readonly Node[]): boolean {
  const { spec, status, metadata } = pod
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return false
  if (spec?.nodeName === undefined || !lost.some((node) => node.metadata?.name === spec.nodeName)) return false
  const root = index.rootOf(pod)
  if (root === undefined || root.kind === 'DaemonSet' || root.kind === 'Node') return false
  if (status?.conditions?.some(({ type, status: met }) => type === 'Ready' && met === 'True') === true) return false
  // Kept only because the kubelet cannot confirm its end: it counts as long as nothing has taken its place.
  return metadata?.deletionTimestamp === undefined || !isReplaced(index, pod)
}

function isReplaced(index: ClusterIndex, pod: Pod): boolean {
  const root = index.rootOf(pod)
  return index.pods.some((other) => {
    if (other === pod || other.metadata?.namespace !== pod.metadata?.namespace || other.metadata?.deletionTimestamp !== undefined)
      return false
    const of = index.rootOf(other)
    return (
      of?.kind === root?.kind &&
      of?.name === root?.name &&
      (other.metadata?.creationTimestamp ?? '') > (pod.metadata?.creationTimestamp ?? '')
    )
  })
}

function victimSighting(index: ClusterIndex, pod: Pod): Sighting {
  const { namespace, name = '', uid } = pod.metadata ?? {}
  const events = index
    .eventsOf('Pod', namespace, name, uid)
    .filter(({ reason }) => /NodeNotReady|TaintManagerEviction|NodeControllerEviction/.test(reason))
  const containers = pod.spec?.containers ?? []
  const conditions = nodeEvidence(index, pod)
  const at = conditions[0]?.at
  const node = pod.spec?.nodeName ?? ''
  return {
    object: pod,
    ...(containers.length === 1 && containers[0]?.name !== undefined && { container: containers[0].name }),
    symptom: pod.metadata?.deletionTimestamp === undefined ? 'NotReady' : 'Terminating',
    evidence: [
      ...conditions,
      ...events.map((event) => eventEvidence(event)),
      ...nodeEvents(index, node)
        .slice(0, 5)
        .map((event) => eventEvidence(event, { kind: 'Node', metadata: { name: node } })),
    ],
    ...(at !== undefined && { failedAt: at }),
  }
}

const nodeEvents = (index: ClusterIndex, node: string) =>
  index
    .eventsOf('Node', undefined, node)
    .filter(({ reason }) => troubles.test(reason))
    .toReversed()

function nodeSighting(index: ClusterIndex, node: Node, now: string): Sighting[] {
  const name = node.metadata?.name ?? ''
  const conditions = (node.status?.conditions ?? []).filter(({ type, status }) =>
    type === 'Ready' ? status !== 'True' : status === 'True' && type !== 'EtcdIsVoter',
  )
  const unknown = (node.status?.conditions ?? []).filter(({ type, status }) => type !== 'Ready' && status === 'Unknown')
  const wrong = [...conditions, ...(conditions.length > 0 || unknown.length < 2 ? [] : unknown)]
  const told = standing(index.eventsOf('Node', undefined, name), now)
  if (wrong.length === 0 && told.length === 0) return []
  const stated = wrong.map(({ type, status, reason, message, lastTransitionTime }): EvidenceOf<'node'> => {
    const at = utc(lastTransitionTime)
    return {
      source: 'node',
      quote: `${type} is ${status}${message === undefined ? '' : `: ${message}`}`,
      reason: type === 'Ready' || status === 'Unknown' ? 'NotReady' : type,
      object: { kind: 'Node', name },
      facts: { node: name, ...(reason !== undefined && { conditionReason: reason }) },
      ...(at !== undefined && { at }),
    }
  })
  const evidence: Evidence[] = [...stated, ...told.map((event) => eventEvidence(event)), ...about(index, name)]
  const at = stated[0]?.at ?? told[0]?.lastAt
  return [
    {
      object: node,
      symptom: wrong[0] === undefined ? (told[0]?.reason ?? 'NotReady') : wrong[0].type === 'Ready' ? 'NotReady' : wrong[0].type,
      evidence,
      ...(at !== undefined && { failedAt: at }),
    },
  ]
}

const about = (index: ClusterIndex, name: string) =>
  nodeEvidence(index, { spec: { nodeName: name } }).filter(({ reason }) => reason === undefined)

/** Troubles that nothing has contradicted since, the latest first. */
function standing(events: readonly ClusterEvent[], now: string): readonly ClusterEvent[] {
  const well = events.findLast(({ reason }) => recovered.test(reason))
  const seen = new Set<string>()
  return events.toReversed().filter((event) => {
    const { reason, message, lastAt } = event
    if (!troubles.test(reason) || harmless.test(reason) || seen.has(reason + message)) return false
    if (well?.lastAt !== undefined && lastAt !== undefined && lastAt <= well.lastAt) return false
    if (lastAt !== undefined && Date.parse(now) - Date.parse(lastAt) > 30 * 60_000) return false
    seen.add(reason + message)
    return true
  })
}

/** Events about nodes of which nothing else is known; where other nodes are known, one that is not has left the cluster. */
function ofUnknownNodes(index: ClusterIndex, now: string): Sighting[] {
  if (index.all('Node').length > 0) return []
  const names = new Set(
    index.events
      .filter(({ involved, reason }) => involved.kind === 'Node' && troubles.test(reason))
      .map(({ involved }) => involved.name),
  )
  return [...names].flatMap((name): Sighting[] => {
    const told = standing(index.eventsOf('Node', undefined, name), now)
    const [first] = told
    if (first === undefined) return []
    return [
      {
        object: { kind: 'Node', metadata: { name } },
        symptom: first.reason,
        evidence: told.map((event) => eventEvidence(event)),
        ...(first.lastAt !== undefined && { failedAt: first.lastAt }),
      },
    ]
  })
}

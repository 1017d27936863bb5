import type { Case, Cause } from './cause.ts'
import { whileServed } from './scheduling/while-served.ts'
import { pods, who } from './wording.ts'

const nodeName = ({ observation: { subject, evidence }, facts }: Case): string => {
  if (subject.kind === 'Node') return subject.name
  const named = evidence.find((piece) => piece.source === 'node')
  return facts['node'] ?? (named?.source === 'node' ? named.facts['node'] : undefined) ?? 'NODE'
}

const lostEvents = [
  'NodeNotReady',
  'NodeStatusUnknown',
  'KubeletNotReady',
  'NodeLost',
  'NodeControllerEviction',
  'ContainerdUnhealthy',
  'KubeletUnhealthy',
  'DockerHung',
  'KernelDeadlock',
  'KubeletSetupFailed',
]
const pressureEvents = [
  'NodeHasInsufficientMemory',
  'NodeHasDiskPressure',
  'NodeHasInsufficientPID',
  'NodeUnderMemoryPressure',
  'NodeUnderDiskPressure',
  'EvictionThresholdMet',
  'FreeDiskSpaceFailed',
  'ImageGCFailed',
  'ContainerGCFailed',
  'SystemOOM',
  'NodeOutOfDisk',
  'FilesystemCorruptionProblem',
  'ReadonlyFilesystem',
  'FailedNodeAllocatableEnforcement',
]

const isOfNode = (given: Case) => given.observation.subject.kind === 'Node'

const causes: readonly Cause[] = [
  {
    code: 'NodeNotReady',
    family: 'node',
    title: 'The node is not ready',
    severity: 'critical',
    meaning: 'The node is NotReady or unreachable, its kubelet no longer reports, and its pods are lost with it.',
    knownBy: ['The node\'s Ready condition is False or Unknown, or the node controller says "Node is not ready".'],
    clues: [
      {
        source: 'node',
        reason: ['NotReady'],
        confidence: 'certain',
        weight: 84,
        when: (_, { subject, evidence }) =>
          subject.kind === 'Node' || (evidence[0]?.source === 'node' && evidence[0].reason === 'NotReady'),
      },
      {
        source: 'event',
        reason: lostEvents,
        confidence: 'certain',
        weight: 80,
        when: (_, { subject, evidence }) => subject.kind === 'Node' || evidence[0]?.source === 'node',
      },
      {
        source: 'status',
        reason: ['NodeLost', 'NodeUnreachable', 'NodeShutdown', 'Shutdown'],
        confidence: 'certain',
        weight: 82,
        when: ({ state }) => state === 'phase',
      },
      {
        source: 'status',
        text: /imminent node shutdown|Node .{0,160} (?:was )?unresponsive|node (?:is|was) (?:shutting down|lost)/i,
        confidence: 'certain',
        weight: 82,
        when: ({ state }) => state === 'phase',
      },
    ],
    explain: (given) => {
      const silent = /stopped posting|NodeStatusUnknown|Unknown/.test(given.quote)
      const why = silent
        ? 'Its kubelet has stopped reporting: the machine is down, cut off from the API server, out of memory, or its kubelet or runtime is dead.'
        : `Its kubelet itself says that it is not ready: ${given.quote.replace(/^Ready is False: /, '')}`
      const effect = isOfNode(given)
        ? 'Pods on it count as not ready, and are replaced elsewhere after five minutes.'
        : `${who(given)} went down with it; its pods are replaced elsewhere after five minutes, unless they may run nowhere else or hold a volume.`
      return `Node ${nodeName(given)} is not ready. ${why} ${effect}${pods(given)}`
    },
    remedies: (given) => [
      { text: 'See what the node last said, and since when it is silent.', command: `kubectl describe node ${nodeName(given)}` },
      {
        text: 'On the machine (or its console at the cloud), look at kubelet, runtime, disk and memory.',
        command: 'journalctl -u kubelet -u containerd --since -30min; df -h; free -m',
      },
      {
        text: 'Restart what hangs, or the machine; at a cloud, let the node group replace it.',
        command: 'systemctl restart containerd kubelet',
      },
      {
        text: 'If it does not come back, remove it, so that its pods and volumes are free.',
        command: `kubectl drain ${nodeName(given)} --ignore-daemonsets --delete-emptydir-data --force; kubectl delete node ${nodeName(given)}`,
      },
    ],
    factor: nodeName,
  },
  {
    code: 'NodeUnderPressure',
    family: 'node',
    title: 'The node is short of memory, disk or process ids',
    severity: 'warning',
    meaning: 'The node reports memory, disk or PID pressure, a system OOM, or failing image clean-up.',
    knownBy: ['A pressure condition or taint of the node, or events such as SystemOOM and FreeDiskSpaceFailed.'],
    clues: [
      {
        source: 'node',
        text: /(?:Memory|Disk|PID)Pressure is True|OutOfDisk is True|ReadonlyFilesystem is True|KernelDeadlock is True|NetworkUnavailable is True/,
        confidence: 'certain',
        weight: 74,
        when: (_, { subject }) => subject.kind === 'Node',
      },
      {
        source: 'node',
        confidence: 'likely',
        weight: 60,
        when: ({ reason }, { subject }) => subject.kind === 'Node' && reason !== undefined && reason !== 'NotReady',
      },
      {
        source: 'event',
        reason: pressureEvents,
        confidence: 'certain',
        weight: 72,
        when: (_, { subject }) => subject.kind === 'Node',
      },
      {
        source: 'object',
        reason: ['Unschedulable'],
        confidence: 'certain',
        weight: 68,
        when: ({ facts }) => facts['decides'] === 'yes' && facts['predicate'] === 'pressure',
      },
      {
        source: 'event',
        text: /Node had condition|pod was rejected: .{0,160}(?:pressure)|The node had condition/i,
        reason: ['Evicted'],
        confidence: 'likely',
        weight: 50,
      },
    ],
    explain: (given) => {
      const disk = /disk|image|inode|garbage/i.test(given.quote + (given.facts['detail'] ?? ''))
      const memory = /memory|oom/i.test(given.quote + (given.facts['detail'] ?? ''))
      const short = disk && !memory ? 'disk space' : memory ? 'memory' : 'a resource'
      const effect = isOfNode(given)
        ? 'It takes no new pods, and its kubelet evicts some of those that it has.'
        : `${who(given)} may only run there, and waits: a node under pressure takes no new pods.`
      return `Node ${nodeName(given)} is short of ${short}: ${given.facts['detail'] === undefined ? given.quote : `it has the taint ${given.facts['detail']}`}. ${effect} ${disk && !memory ? 'Images that nobody uses, logs and emptyDirs are what usually fills it, or the disk is too small.' : 'What runs there without a limit, or far beyond its request, is what usually eats it.'}${pods(given)}`
    },
    remedies: (given) => [
      {
        text: 'See the conditions and what is reserved and used.',
        command: `kubectl describe node ${nodeName(given)}; kubectl top node ${nodeName(given)}`,
      },
      {
        text: 'On the node, see what fills the disk, and remove unused images.',
        command: 'df -h; df -i; du -xh -d 2 /var/lib /var/log | sort -h | tail; crictl rmi --prune',
      },
      {
        text: 'See which pods use most memory, and give them limits.',
        command: 'kubectl top pods -A --sort-by=memory | head -20',
      },
      { text: 'Take the load off while you work on it.', command: `kubectl cordon ${nodeName(given)}` },
    ],
    factor: nodeName,
  },
]

/** Nodes that are lost or in trouble. */
export const node: readonly Cause[] = causes.map(whileServed)

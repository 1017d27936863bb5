import { formatQuantity, parseQuantity } from '../quantity.ts'
import { anyOf } from './any-of.ts'
import type { Case, Cause } from './cause.ts'
import { editWorkload, inNamespace, nodeOf, pods, watchRollout, who, within, workloadOf } from './wording.ts'

const events = ['Evicted', 'Evict', 'Preempted', 'Preempting', 'GotPreempted', 'EvictedByVPA', 'EvictionThresholdMet']

const storage = anyOf(
  [
    /ephemeral(?:-| )?(?:local )?storage usage exceeds/,
    /exceed(?:s|ed) (?:its |the )?(?:local )?ephemeral(?:-| )storage limit|exceeded its local ephemeral storage/,
    /usage of EmptyDir volume|emptyDir.{0,160}exceeds/,
    /(?:overlay|rootfs|logs?) usage exceeds (?:the )?limit/,
    /exceeds (?:the )?(?:total )?limit of containers|exceeds the (?:total )?limit "/,
  ],
  'i',
)
const pressure = anyOf(
  [
    /node was low on resource|low on (?:compute )?resource/,
    /node (?:had|has) condition|(?:Disk|Memory|PID)Pressure/,
    /(?:memory|disk|inodes|nodefs|imagefs|pid).{0,30}(?:pressure|low)|out of disk/,
  ],
  'i',
)
const preempted = /[Pp]reempt(?:ed|ing)\b(?! is not)/

const readable = (amount = '') => {
  const value = parseQuantity(amount)
  return value === undefined ? amount : formatQuantity(value, 'memory')
}
const node = (given: Case) => (nodeOf(given) === 'NODE' ? 'its node' : `node ${nodeOf(given)}`)
const resourceOf = ({ quote }: Case) =>
  /low on (?:compute )?resource(?:\(?s?\)?)?:? ?\[?([\w-]+)/.exec(quote)?.[1] ??
  /condition:? \[?(\w+)Pressure/.exec(quote)?.[1]?.toLowerCase() ??
  'a resource'

/** Pods that were thrown out of their node. */
export const eviction: readonly Cause[] = [
  {
    code: 'EphemeralStorageExceeded',
    family: 'eviction',
    title: 'The pod was evicted because it wrote more to local disk than it may',
    severity: 'critical',
    meaning: 'The pod exceeded its ephemeral-storage limit, or the size limit of an emptyDir.',
    knownBy: [
      'The status or event of the eviction says "exceeds the total limit of containers" or "Usage of EmptyDir volume ... exceeds the limit".',
    ],
    clues: [
      {
        source: 'status',
        text: storage,
        confidence: 'certain',
        weight: 90,
        when: ({ state }) => state === 'phase' || state === 'condition',
      },
      { source: 'event', reason: events, text: storage, confidence: 'certain', weight: 90 },
    ],
    explain: (given) => {
      const limit = /(?:limit of containers|storage limit|limit) "?([\d.]+ ?[KMGT]?i?)"?/.exec(given.quote)?.[1]
      const volume = /EmptyDir volume "([^"]+)"/.exec(given.quote)?.[1]
      return `${who(given)} was evicted from ${node(given)} because it wrote more than ${limit ?? 'it may'} ${volume === undefined ? 'to local disk (its own file system, logs and emptyDirs together)' : `into its emptyDir ${volume}`}. The files are lost with the pod, and the next one is evicted as well as soon as it has written as much.${pods(given)}`
    },
    remedies: (given) => [
      {
        text: 'See what grows, in a pod that still runs.',
        command: `kubectl exec ${workloadOf(given)}${inNamespace(given)} -- du -xh -d 2 /`,
      },
      { text: 'Clean up or rotate what the program writes, or write it to a PersistentVolumeClaim.' },
      editWorkload(
        given,
        'If the amount is right, raise the limit: resources.limits.ephemeral-storage, or sizeLimit of the emptyDir.',
      ),
      watchRollout(given),
    ],
  },
  {
    code: 'EvictedNodePressure',
    family: 'eviction',
    title: 'The pod was evicted because its node ran short',
    severity: 'warning',
    meaning: 'The kubelet evicted the pod because the node was low on memory, disk, inodes or process ids.',
    knownBy: ['The status or event of the eviction says "The node was low on resource" or "The node had condition".'],
    clues: [
      {
        source: 'status',
        text: pressure,
        unless: storage,
        confidence: 'certain',
        weight: 88,
        when: ({ state, reason }) => state === 'phase' && reason === 'Evicted',
      },
      { source: 'event', reason: events, text: pressure, unless: storage, confidence: 'certain', weight: 86 },
      {
        source: 'status',
        reason: ['Evicted'],
        unless: storage,
        confidence: 'likely',
        weight: 66,
        when: ({ state }) => state === 'phase',
      },
      { source: 'event', reason: ['Evicted'], unless: storage, confidence: 'likely', weight: 64 },
    ],
    explain: (given) => {
      const used =
        /[Cc]ontainer "?([\w-]+)"? was using ([\d.]+\w*),? ?(?:which exceeds its request of|request is) ([\d.]+\w*)/.exec(
          given.quote,
        )
      return `The kubelet evicted ${within(given)} because ${node(given)} was low on ${resourceOf(given)}.${used ? ` It used ${readable(used[2])} with a request of ${readable(used[3])}: what uses most beyond its request goes first.` : ' What uses most beyond its request, and has the lowest priority, goes first.'} Its controller makes a new pod, which may be evicted again while the node is short.${pods(given)}`
    },
    remedies: (given) => [
      {
        text: 'See how the node is, and what uses it.',
        command: `kubectl describe node ${nodeOf(given)}; kubectl top pods -A --sort-by=memory | head`,
      },
      {
        text: 'Request what the workload really uses, so that it goes where there is room and is not evicted first.',
        command: `kubectl set resources ${workloadOf(given).replace('/', ' ')}${inNamespace(given)} --requests=memory=VALUE --limits=memory=VALUE`,
      },
      { text: 'For disk: remove unused images and large logs on the node, or enlarge its disk.' },
      {
        text: 'Clear away the records of evicted pods.',
        command: `kubectl delete pods${inNamespace(given)} --field-selector=status.phase=Failed`,
      },
      watchRollout(given),
    ],
    factor: nodeOf,
  },
  {
    code: 'Preempted',
    family: 'eviction',
    title: 'The pod had to make room for one of higher priority',
    severity: 'warning',
    meaning: 'A pod of higher priority preempted it.',
    knownBy: ['A Preempted or Preempting event or status of the pod.'],
    clues: [
      {
        source: 'status',
        text: preempted,
        confidence: 'certain',
        weight: 86,
        when: ({ state }) => state === 'phase' || state === 'condition',
      },
      { source: 'event', reason: ['Preempted', 'Preempting', 'GotPreempted'], confidence: 'certain', weight: 86 },
      { source: 'event', reason: events, text: /preempt/i, confidence: 'certain', weight: 87 },
    ],
    explain: (given) => {
      const by = /by (?:pod )?(\S+?)(?: on node (\S+))?\.?$/.exec(given.quote)
      const named = given.observation.evidence.find((piece) => piece.source === 'object' && piece.reason === 'Preemptor')
      const preemptor = named?.source === 'object' ? named.facts['preemptor'] : by?.[1]
      return `${who(given)} was removed${by?.[2] === undefined ? '' : ` from node ${by[2]}`} to make room for a pod of higher priority${preemptor === undefined ? '' : ` (${preemptor})`}. The priority of this workload is lower, and the cluster has no room for both.${pods(given)}`
    },
    remedies: (given) => [
      {
        text: 'See the priorities, and who took the place.',
        command: `kubectl get priorityclasses; kubectl get pods -A -o custom-columns=NAMESPACE:.metadata.namespace,POD:.metadata.name,PRIORITY:.spec.priority,NODE:.spec.nodeName --sort-by=.spec.priority`,
      },
      { text: 'Add room (a node), or lower the requests of one of the two.' },
      {
        text: 'If this workload matters as much, give it a priority class.',
        command: `kubectl patch ${workloadOf(given)}${inNamespace(given)} -p '{"spec":{"template":{"spec":{"priorityClassName":"NAME"}}}}'`,
      },
      watchRollout(given),
    ],
  },
]

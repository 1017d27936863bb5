import type { Remedy } from '../../diagnosis.ts'
import type { Case, Cause } from '../cause.ts'
import { canRoll, changed, editWorkload, inNamespace, pods, undo, watchRollout, who, workloadOf } from '../wording.ts'
import { autoscalerRemedies, autoscalerSays } from './autoscaler.ts'
import { besides, predicateClues, suited } from './predicate.ts'

const nameOf = (resource = 'a special resource') => (resource === 'cpu' ? 'CPU' : resource)
const amountOf = (amount: string, resource: string | undefined) =>
  resource === 'cpu' ? `${amount} CPU` : `${amount} of ${nameOf(resource)}`
const asked = ({ facts: { requested, resource, detail } }: Case) =>
  requested === undefined ? `more ${nameOf(resource ?? detail)} than is free` : amountOf(requested, resource)

function offer({ facts: { largest, offers = '?', never, resource } }: Case): string {
  if (largest === undefined) return ''
  return never === 'yes'
    ? ` The one that offers most, ${largest}, has ${amountOf(offers, resource)} in all: no node of this kind can ever take the pod.`
    : ` The one that offers most, ${largest}, has ${amountOf(offers, resource)} in all, part of which other pods have reserved.`
}

const explain = (given: Case) =>
  `${who(given)} asks for ${asked(given)}, and ${suited(given, 'has', 'have')} too little left. What counts is the sum of the requests on a node, not what is used.${offer(given)}${besides(given)}${autoscalerSays(given)}${changed(given, /resources/)}${pods(given)}`

function lower(given: Case, resource: string): Remedy {
  const { container } = given.observation.subject
  const text = 'If it needs less than it asks for, lower the request.'
  return canRoll(given) && container !== undefined
    ? {
        text,
        command: `kubectl set resources ${workloadOf(given)}${inNamespace(given)} -c ${container} --requests=${resource}=VALUE`,
      }
    : editWorkload(given, text)
}

const remedies =
  (resource: string) =>
  (given: Case): readonly Remedy[] => [
    {
      text: 'See what each node has, and what is reserved of it.',
      command: `kubectl describe nodes | grep -A 9 -E '^Name:|Allocated resources'`,
    },
    lower(given, resource),
    ...autoscalerRemedies(given),
    { text: 'Or give it room: add a node (or raise the limit of the node group), or scale down what is not needed.' },
    ...undo(given),
    watchRollout(given),
  ]

/** Nodes that have too little of what the pod asks for. */
export const resources: readonly Cause[] = [
  {
    code: 'InsufficientCpu',
    family: 'scheduling',
    title: 'No node has the CPU that is asked for',
    severity: 'critical',
    meaning: 'No node has the CPU requested.',
    knownBy: ['The scheduler says "Insufficient cpu" of the nodes that fit otherwise.'],
    clues: predicateClues({ kinds: ['cpu'], refusal: /^OutOfcpu|Node didn't have enough resource: cpu/i }),
    explain,
    remedies: remedies('cpu'),
    factor: () => 'cpu',
  },
  {
    code: 'InsufficientMemory',
    family: 'scheduling',
    title: 'No node has the memory that is asked for',
    severity: 'critical',
    meaning: 'No node has the memory requested.',
    knownBy: ['The scheduler says "Insufficient memory" of the nodes that fit otherwise.'],
    clues: predicateClues({ kinds: ['memory'], refusal: /^OutOfmemory|Node didn't have enough resource: memory/i }),
    explain,
    remedies: remedies('memory'),
    factor: () => 'memory',
  },
  {
    code: 'InsufficientPodSlots',
    family: 'scheduling',
    title: 'The nodes have as many pods as they may have',
    severity: 'critical',
    meaning: 'Too many pods: the nodes that fit otherwise have as many pods as they may have.',
    knownBy: ['The scheduler says "Too many pods", or "Insufficient pods".'],
    clues: predicateClues({ kinds: ['pods'], refusal: /^OutOfpods|Node didn't have enough resource: pods/i }),
    explain: (given) =>
      `${who(given)} finds no place: ${suited(given, 'has', 'have')} as many pods as may be, whatever CPU and memory are free.${given.facts['largest'] === undefined ? '' : ` Node ${given.facts['largest']}.`} On EKS the number follows from the instance type's network interfaces; elsewhere it is the kubelet's maxPods (110).${besides(given)}${pods(given)}`,
    remedies: (given) => [
      {
        text: 'See how many pods each node may have, and how many it has.',
        command: `kubectl get nodes -o custom-columns=NODE:.metadata.name,MAX:.status.allocatable.pods; kubectl get pods -A -o wide --no-headers | awk '{print $8}' | sort | uniq -c`,
      },
      {
        text: 'Remove finished pods and what is not needed; they take a place each.',
        command: `kubectl delete pods -A --field-selector=status.phase=Failed`,
      },
      {
        text: 'Or add a node, use larger instances, raise maxPods, or (EKS) turn on prefix delegation.',
        command: `kubectl set env daemonset aws-node -n kube-system ENABLE_PREFIX_DELEGATION=true`,
      },
      watchRollout(given),
    ],
    factor: () => 'pods',
  },
  {
    code: 'InsufficientExtendedResource',
    family: 'scheduling',
    title: 'No node offers the special resource that is asked for',
    severity: 'critical',
    meaning: 'No node has the GPU, extended resource, ephemeral storage or huge pages requested.',
    knownBy: ['The scheduler says "Insufficient NAME", with a NAME that is neither cpu nor memory.'],
    clues: predicateClues({
      kinds: ['resource'],
      refusal: /^OutOf(?!cpu|memory|pods)[\w./-]+|Node didn't have enough resource: (?!cpu|memory|pods)/i,
    }),
    explain: (given) => {
      return `${who(given)} asks for ${asked(given)}, and ${suited(given, 'has', 'have')} too little of it.${offer(given)} Such a resource is all or nothing: a node offers it only while its device plugin (or kubelet setting) runs, and it is never shared or overcommitted.${besides(given)}${autoscalerSays(given)}${changed(given, /resources/)}${pods(given)}`
    },
    remedies: (given) => {
      const { detail = 'RESOURCE' } = given.facts
      return [
        {
          text: 'See which nodes offer it, and how much.',
          command: `kubectl get nodes -o json | jq -r '.items[] | [.metadata.name, .status.allocatable["${detail}"] // "none"] | @tsv'`,
        },
        {
          text: 'See who holds it.',
          command: `kubectl get pods -A -o json | jq -r '.items[] | select([.spec.containers[].resources.requests["${detail}"] // empty] | length > 0) | "\\(.metadata.namespace)/\\(.metadata.name)"'`,
        },
        ...(/gpu/i.test(detail)
          ? [
              {
                text: 'If nodes with GPUs offer none, see that the device plugin runs on them.',
                command: `kubectl get daemonsets -A | grep -i -E 'device-plugin|gpu'`,
              },
            ]
          : []),
        ...autoscalerRemedies(given),
        editWorkload(given, 'Add a node that has it, or correct the name or amount in resources.limits.'),
        ...undo(given),
        watchRollout(given),
      ]
    },
    factor: ({ facts }) => facts['detail'],
  },
]

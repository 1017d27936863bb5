import type { Remedy } from '../../diagnosis.ts'
import type { Case, Cause } from '../cause.ts'
import { canRoll, changed, editWorkload, inNamespace, pods, undo, watchRollout, who, workloadOf } from '../wording.ts'
import { autoscalerRemedies, autoscalerSays } from './autoscaler.ts'
import { besides, countOf, predicateClues } from './predicate.ts'

/** `dedicated=gpu` in its two halves. */
const taintOf = ({ facts: { detail = '' } }: Case): { key: string; value: string } => {
  const [key = '', value = ''] = detail.split('=')
  return { key, value }
}

function tolerationRemedy(given: Case): Remedy {
  const { key, value } = taintOf(given)
  const text = 'If the pod belongs there, give it the toleration (keep those that it has).'
  if (!canRoll(given)) return editWorkload(given, text)
  const operator = value === '' ? '"operator":"Exists"' : `"operator":"Equal","value":"${value}"`
  const toleration = `{"key":"${key || 'KEY'}",${operator},"effect":"${given.facts['effect'] ?? 'NoSchedule'}"}`
  return {
    text,
    command: `kubectl patch ${workloadOf(given)}${inNamespace(given)} --type=merge -p '{"spec":{"template":{"spec":{"tolerations":[${toleration}]}}}}'`,
  }
}

/** Nodes that the pod may not or does not want to use. */
export const placement: readonly Cause[] = [
  {
    code: 'NodeTaintsNotTolerated',
    family: 'scheduling',
    title: 'The nodes have a taint that the pod does not tolerate',
    severity: 'critical',
    meaning: 'Every node that fits otherwise has a taint that the pod does not tolerate.',
    knownBy: ['The scheduler says "untolerated taint", and nothing else blocks these nodes.'],
    clues: predicateClues({ kinds: ['taint', 'not-ready'], refusal: /^TaintToleration|untolerated taint/i }),
    explain: (given) => {
      const { detail, node } = given.facts
      const named = detail === undefined ? 'a taint' : `the taint ${detail}`
      const system = /node\.kubernetes\.io\/(not-ready|unreachable)|cloudprovider/.test(detail ?? '')
        ? ' Kubernetes sets this one itself while a node is not fit for work: look at the node, and do not tolerate it.'
        : ''
      return `${who(given)} may not use ${countOf(given)}${node === undefined ? '' : ` (such as ${node})`}: ${given.facts['nodes'] === '1' ? 'it has' : 'they have'} ${named}, and the pod has no toleration for it.${system}${besides(given)}${autoscalerSays(given)}${changed(given, /tolerations|nodeSelector|affinity/)}${pods(given)}`
    },
    remedies: (given) => {
      const { key } = taintOf(given)
      const isOfSystem = /node\.kubernetes\.io\/|cloudprovider/.test(key)
      return [
        {
          text: 'See the taints of all nodes.',
          command: `kubectl get nodes -o custom-columns='NODE:.metadata.name,TAINTS:.spec.taints[*].key,VALUES:.spec.taints[*].value,EFFECT:.spec.taints[*].effect'`,
        },
        ...(isOfSystem
          ? [
              {
                text: 'See why the node is not ready; the taint goes by itself when it is.',
                command: `kubectl describe node ${given.facts['node'] ?? 'NODE'}`,
              },
            ]
          : [
              tolerationRemedy(given),
              {
                text: 'If the taint is a leftover, take it off.',
                command: `kubectl taint nodes ${given.facts['node'] ?? 'NODE'} ${key || 'KEY'}-`,
              },
            ]),
        ...autoscalerRemedies(given),
        { text: 'Otherwise add a node without it.' },
        ...undo(given),
        watchRollout(given),
      ]
    },
    factor: ({ facts }) => facts['detail'],
  },
  {
    code: 'NodeSelectorMismatch',
    family: 'scheduling',
    title: 'No node has the labels that the pod asks for',
    severity: 'critical',
    meaning: "No node matches the pod's node selector or node affinity.",
    knownBy: [
      'The scheduler says that nodes did not match the node selector or affinity, and no other reason blocks nodes that do.',
    ],
    clues: predicateClues({
      kinds: ['selector'],
      refusal: /^(?:NodeAffinity|NodeName)|Predicate (?:NodeAffinity|MatchNodeSelector|NodeName) failed/i,
    }),
    explain: (given) => {
      const { selector, offered } = given.facts
      return `${who(given)} wants a node with ${selector ?? 'the labels of its node selector or affinity'}, and ${given.facts['nodes'] === undefined || given.facts['nodes'] === given.facts['total'] ? 'no node has that' : `${countOf(given)} ${given.facts['nodes'] === '1' ? 'lacks' : 'lack'} that`}.${offered === undefined ? '' : ` What there is: ${offered}.`} A misspelt value, a pool that was renamed or scaled to none, or a volume or zone of another place are the usual reasons.${besides(given)}${autoscalerSays(given)}${changed(given, /nodeSelector|affinity/)}${pods(given)}`
    },
    remedies: (given) => {
      const wanted = given.facts['unmet'] ?? given.facts['selector']
      const label = wanted?.split(',')[0]?.split(/[= ]/)[0]
      return [
        {
          text: 'See which values the nodes have.',
          command: label === undefined ? 'kubectl get nodes --show-labels' : `kubectl get nodes -L ${label}`,
        },
        editWorkload(given, 'Correct the node selector or affinity.'),
        ...autoscalerRemedies(given),
        {
          text: 'Or give a node the label, where it was forgotten.',
          command: `kubectl label node NODE ${wanted?.includes('=') === true && !wanted.includes(',') ? wanted : `${label ?? 'KEY'}=VALUE`}`,
        },
        ...undo(given),
        watchRollout(given),
      ]
    },
    factor: ({ facts }) => facts['selector'],
  },
  {
    code: 'PodAffinityConflict',
    family: 'scheduling',
    title: 'The rules on which pods may share a node cannot be met',
    severity: 'critical',
    meaning: 'Pod affinity, anti-affinity or topology spread constraints cannot be met.',
    knownBy: ['The scheduler says that nodes did not match pod affinity, anti-affinity or topology spread rules.'],
    clues: predicateClues({
      kinds: ['affinity'],
      refusal: /^(?:PodAffinity|PodTopologySpread)|Predicate (?:PodAffinity|InterPodAffinity|MatchInterPodAffinity)/i,
    }),
    explain: (given) =>
      `${who(given)} is kept off ${countOf(given)} by its rules on which pods may or must be near: ${given.facts['predicate'] === 'affinity' && /spread/.test(given.quote) ? 'placing it there would make the spread over zones or nodes too uneven' : /anti/.test(given.quote) ? 'there is already a pod there that it must not be with, so that more replicas are wanted than there are nodes (or zones) for' : 'the pod that it must be near is not there'}. A rolling update needs one place more than there are replicas.${besides(given)}${autoscalerSays(given)}${changed(given, /affinity|topologySpread|replicas/)}${pods(given)}`,
    remedies: (given) => [
      {
        text: 'Read the rules, and see where the pods are.',
        command: `kubectl get ${workloadOf(given)}${inNamespace(given)} -o jsonpath='{.spec.template.spec.affinity}{.spec.template.spec.topologySpreadConstraints}'; kubectl get pods${inNamespace(given)} -o wide`,
      },
      editWorkload(
        given,
        'Make the rule a wish: preferredDuringSchedulingIgnoredDuringExecution, or whenUnsatisfiable: ScheduleAnyway.',
      ),
      ...autoscalerRemedies(given),
      { text: 'Or free a place first during updates (maxSurge: 0, maxUnavailable: 1), want fewer replicas, or add a node.' },
      ...undo(given),
      watchRollout(given),
    ],
  },
  {
    code: 'HostPortConflict',
    family: 'scheduling',
    title: 'No node has the host port free',
    severity: 'critical',
    meaning: 'No node that fits otherwise has the host port free.',
    knownBy: ['The scheduler says that nodes "didn\'t have free ports".'],
    clues: predicateClues({
      kinds: ['port'],
      refusal: /^NodePorts|Predicate (?:NodePorts|PodFitsHostPorts|PodFitsPorts) failed/i,
    }),
    explain: (given) =>
      `${who(given)} wants ${given.facts['ports'] === undefined ? 'a port' : `port ${given.facts['ports']}`} of the node itself (hostPort), and on ${countOf(given)} another pod has it. Only one pod per node can have it, so that a rolling update cannot start the new pod beside the old one.${besides(given)}${changed(given, /hostPort|hostNetwork|ports/)}${pods(given)}`,
    remedies: (given) => [
      {
        text: 'See which pods hold host ports.',
        command: `kubectl get pods -A -o json | jq -r '.items[] | select([.spec.containers[].ports[]?.hostPort // empty] | length > 0) | [.spec.nodeName, .metadata.namespace + "/" + .metadata.name, ([.spec.containers[].ports[]?.hostPort // empty] | join(","))] | @tsv'`,
      },
      editWorkload(given, "Take hostPort out and use a Service, where the node's own port is not needed."),
      {
        text: 'Where it is needed, let updates stop the old pod first (strategy Recreate, or maxSurge: 0), and have as many nodes as replicas.',
      },
      ...undo(given),
      watchRollout(given),
    ],
    factor: ({ facts }) => facts['ports'],
  },
  {
    code: 'NodesUnschedulable',
    family: 'scheduling',
    title: 'The nodes are cordoned, or there are none',
    severity: 'critical',
    meaning: 'The nodes that fit otherwise are cordoned, or there are no nodes at all.',
    knownBy: ['The scheduler says that nodes "were unschedulable", or that no nodes are available.'],
    clues: predicateClues({ kinds: ['cordoned', 'no-nodes'] }),
    explain: (given) =>
      given.facts['predicate'] === 'no-nodes' || given.facts['total'] === '0'
        ? `${who(given)} waits because the cluster has no node at all that the scheduler knows. A node group scaled to none, or nodes that cannot register (credentials, network, kubelet down), are the usual reasons.${autoscalerSays(given)}${pods(given)}`
        : `${who(given)} waits because ${countOf(given)}${given.facts['cordoned'] === undefined ? '' : ` (${given.facts['cordoned'].replaceAll(' ', ', ')})`} ${given.facts['nodes'] === '1' ? 'takes' : 'take'} no new pods: somebody or something (a drain, an upgrade, the autoscaler) has cordoned ${given.facts['nodes'] === '1' ? 'it' : 'them'}.${besides(given)}${autoscalerSays(given)}${pods(given)}`,
    remedies: (given) => [
      {
        text: 'See which nodes are cordoned, and since when.',
        command: `kubectl get nodes; kubectl get events -A --field-selector reason=NodeNotSchedulable`,
      },
      ...(given.facts['predicate'] === 'no-nodes'
        ? []
        : [
            {
              text: 'Let them take pods again, once the maintenance is over.',
              command: `kubectl uncordon ${given.facts['cordoned'] ?? 'NODE'}`,
            },
          ]),
      {
        text: 'Otherwise add a node: raise the size of the node group, or see why the autoscaler adds none.',
        command: 'kubectl get configmap cluster-autoscaler-status -n kube-system -o yaml',
      },
      watchRollout(given),
    ],
    factor: () => 'cordoned',
  },
]

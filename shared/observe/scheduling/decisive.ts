import type { Pod } from '../../kubernetes.ts'
import { isCordoned, matchesSelector, untolerated, type Node } from '../node-fit.ts'
import type { Predicate, PredicateKind, Verdict } from './predicate.ts'

/** What speaks of the pod's own claims blocks it on every node, and comes before all else. */
const ofVolumes: readonly PredicateKind[] = [
  'claim-missing',
  'class-missing',
  'claim-unbound',
  'volume-zone',
  'volume-in-use',
  'volume-limit',
]

/** Filters that a node only fails when it is wanted in other respects. */
const ofWantedNodes: readonly PredicateKind[] = ['memory', 'cpu', 'resource', 'pods', 'port', 'affinity']

/** Taints that keep ordinary pods off by design: that such a node is left out explains nothing. */
const byDesign =
  /node-role\.kubernetes\.io|^(?:CriticalAddonsOnly|virtual-kubelet\.io|kubernetes\.azure\.com\/scalesetpriority|node\.kubernetes\.io\/control-plane)/

const pressureTaint = /node\.kubernetes\.io\/(?:memory|disk|pid)-pressure/

/**
 * Picks the predicate that blocks the nodes that fit otherwise, which need not be the one with the largest count. Where the nodes
 * are known they are asked; otherwise the order of the scheduler's filters decides.
 */
export function decisive({ predicates, total }: Verdict, pod: Pod, nodes: readonly Node[]): Predicate | undefined {
  const volumes = firstOf(predicates, ofVolumes)
  if (volumes !== undefined) return volumes
  const everywhere = predicates.find(
    ({ kind, nodes: count }) => kind === 'selector' && count !== undefined && total !== undefined && count >= total,
  )
  if (everywhere !== undefined) return everywhere
  const wanted = largest(predicates.filter(({ kind }) => ofWantedNodes.includes(kind)))
  // Nodes come and go between the scheduler's word and ours; where most are known, they are asked all the same.
  const asked =
    nodes.length > 0 && (total === undefined || nodes.length * 2 > total) ? askNodes(predicates, pod, nodes) : undefined
  if (wanted !== undefined && asked?.open !== false) return wanted
  if (asked?.predicate !== undefined) return asked.predicate
  return wanted ?? byWording(predicates)
}

/** What keeps the pod off the nodes that come nearest to what it wants; `open` where some node has nothing against it. */
function askNodes(predicates: readonly Predicate[], pod: Pod, nodes: readonly Node[]): { open: boolean; predicate?: Predicate } {
  const judged = nodes.map((node) => ({
    node,
    taints: untolerated(pod, node),
    cordoned: isCordoned(node),
    selected: matchesSelector(pod, node),
  }))
  if (judged.some(({ taints, cordoned, selected }) => selected && !cordoned && taints.length === 0)) return { open: true }
  const selected = judged.filter((one) => one.selected && !one.taints.some(({ key = '' }) => byDesign.test(key)))
  if (selected.length === 0) {
    const selector = predicates.find(({ kind }) => kind === 'selector')
    return { open: false, ...(selector !== undefined && { predicate: selector }) }
  }
  const pressed = selected.filter(({ taints }) => taints.length > 0 && taints.every(({ key = '' }) => pressureTaint.test(key)))
  const [first] = pressed
  if (first !== undefined) {
    const key = first.taints[0]?.key ?? ''
    return { open: false, predicate: { kind: 'pressure', nodes: pressed.length, text: textOf(predicates, 'taint'), detail: key } }
  }
  const cordoned = selected.filter((one) => one.cordoned && one.taints.length === 0)
  if (cordoned.length > 0) {
    const predicate = predicates.find(({ kind }) => kind === 'cordoned')
    return {
      open: false,
      predicate: predicate ?? { kind: 'cordoned', nodes: cordoned.length, text: textOf(predicates, 'taint') },
    }
  }
  const tainted = selected.filter(({ taints }) => taints.length > 0)
  const [taint] = tainted[0]?.taints ?? []
  if (taint?.key === undefined) return { open: false }
  const detail = taint.value ? `${taint.key}=${taint.value}` : taint.key
  return { open: false, predicate: { kind: 'taint', nodes: tainted.length, text: textOf(predicates, 'taint'), detail } }
}

const textOf = (predicates: readonly Predicate[], kind: PredicateKind) =>
  predicates.find((predicate) => predicate.kind === kind)?.text ?? ''

/** Without the nodes, a taint of one's own choosing says more than a selector, and a selector more than a taint by design. */
function byWording(predicates: readonly Predicate[]): Predicate | undefined {
  const taints = predicates.filter(({ kind }) => kind === 'taint')
  const chosen = taints.filter(({ detail }) => detail !== undefined && !byDesign.test(detail))
  return (
    firstOf(predicates, ['pressure', 'no-nodes', 'cordoned']) ??
    largest(chosen) ??
    firstOf(predicates, ['selector', 'not-ready']) ??
    largest(taints) ??
    predicates[0]
  )
}

function firstOf(predicates: readonly Predicate[], kinds: readonly PredicateKind[]): Predicate | undefined {
  for (const kind of kinds) {
    const found = predicates.find((predicate) => predicate.kind === kind)
    if (found !== undefined) return found
  }
  return undefined
}

/** Of equals the one that comes later in the scheduler's filters: its nodes have passed the others. */
function largest(predicates: readonly Predicate[]): Predicate | undefined {
  return predicates.reduce<Predicate | undefined>((best, one) => {
    if (best === undefined) return one
    return rank(one) >= rank(best) ? one : best
  }, undefined)
}

const rank = ({ kind, nodes = 0 }: Predicate) => nodes * 100 + ofWantedNodes.indexOf(kind)

import type { EvidenceOf } from '../../evidence.ts'
import type { Pod } from '../../kubernetes.ts'
import type { ClusterIndex } from '../cluster-index.ts'
import type { Node } from '../node-fit.ts'
import { decisive } from './decisive.ts'
import { factsOf } from './predicate-facts.ts'
import type { Predicate } from './predicate.ts'
import { readVerdict } from './scheduler-message.ts'

/** What a scheduler's message says, as evidence: the reason that decides first, the others after it, each with `more` facts. */
export function verdictEvidence(
  index: ClusterIndex,
  pod: Pod,
  message: string,
  at: string | undefined,
  more: Readonly<Record<string, string>> = {},
): EvidenceOf<'object'>[] {
  const nodes = index.all('Node') as readonly Node[]
  const verdict = readVerdict(message)
  const first = decisive(verdict, pod, nodes)
  const quote = message.replace(/[.,]? preemption: .*$/s, '').replace(/\.? (?:no new claims to deallocate|not found)[.,]?$/, '')
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
      ...more,
    },
  })
  const others = verdict.predicates.filter(
    ({ kind, detail }) => kind !== first?.kind || (kind === 'resource' && detail !== first.detail),
  )
  return [piece(first, true), ...others.map((predicate) => piece(predicate, false))]
}

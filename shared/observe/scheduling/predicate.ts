/** One reason for which the scheduler left nodes out, and how many nodes it left out for it. */
export interface Predicate {
  readonly kind: PredicateKind
  /** Undefined where the message counts no nodes. */
  readonly nodes: number | undefined
  /** As the scheduler wrote it. */
  readonly text: string
  /** The resource that is short, the taint, or the claim, where the text names it. */
  readonly detail?: string
}

export type PredicateKind =
  | 'cpu'
  | 'memory'
  | 'pods'
  | 'resource'
  | 'taint'
  | 'selector'
  | 'affinity'
  | 'port'
  | 'cordoned'
  | 'no-nodes'
  | 'not-ready'
  | 'pressure'
  | 'claim-missing'
  | 'claim-unbound'
  | 'class-missing'
  | 'volume-zone'
  | 'volume-limit'
  | 'volume-in-use'
  | 'other'

export interface Verdict {
  /** Nodes of the cluster, where the message counts them. */
  readonly total: number | undefined
  readonly predicates: readonly Predicate[]
}

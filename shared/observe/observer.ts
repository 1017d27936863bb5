import type { Observation } from '../observation.ts'
import type { ClusterIndex } from './cluster-index.ts'

/** Where and when a snapshot was taken. */
export interface ObserveOptions {
  readonly cluster: string
  /** ISO 8601, UTC: what counts as "now" for back-offs, grace periods and rollouts that have just begun. */
  readonly now: string
}

/** Looks at one kind of failure; several observers may see the same one, and `settle` keeps the deepest. */
export type Observer = (index: ClusterIndex, options: ObserveOptions) => readonly Observation[]

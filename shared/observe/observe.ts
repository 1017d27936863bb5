import type { Observation } from '../observation.ts'
import { indexOf, type ClusterIndex } from './cluster-index.ts'
import { observePods } from './pods.ts'
import type { Snapshot } from './snapshot.ts'

export interface ObserveOptions {
  readonly cluster: string
  /** ISO 8601, UTC: what counts as "now" for back-offs, grace periods and rollouts that have just begun. */
  readonly now: string
}

/** Looks at one kind of failure; several observers may see the same one, and `settle` keeps the deepest. */
export type Observer = (index: ClusterIndex, options: ObserveOptions) => readonly Observation[]

const observers: readonly Observer[] = [observePods]

/** Reads a snapshot and gives one observation per failing workload container or object; healthy ones give none. */
export function observe(snapshot: Snapshot, options: ObserveOptions): Observation[] {
  const index = indexOf(snapshot)
  return observers.flatMap((observer) => observer(index, options))
}

import type { Observation } from '../observation.ts'
import type { Snapshot } from './snapshot.ts'

export interface ObserveOptions {
  readonly cluster: string
  /** ISO 8601, UTC: what counts as "now" for back-offs, grace periods and rollouts that have just begun. */
  readonly now: string
}

/** Reads a snapshot and gives one observation per failing workload container or object; healthy ones give none. */
export function observe(_snapshot: Snapshot, _options: ObserveOptions): Observation[] {
  return []
}

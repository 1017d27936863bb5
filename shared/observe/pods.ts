import type { Observation } from '../observation.ts'
import type { ClusterIndex } from './cluster-index.ts'
import { toObservations, type Sighting } from './draft.ts'
import type { ObserveOptions } from './observe.ts'

/** Finds the containers of workloads that fail, from their pods. */
export function observePods(index: ClusterIndex, options: ObserveOptions): Observation[] {
  const sightings: Sighting[] = []
  return toObservations(index, options, sightings)
}

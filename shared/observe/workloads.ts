import type { Observation } from '../observation.ts'
import type { ClusterIndex } from './cluster-index.ts'
import { toObservations } from './draft.ts'
import type { ObserveOptions } from './observer.ts'
import { rejections } from './workloads/rejections.ts'
import { stalls } from './workloads/stalls.ts'

/** Finds workloads whose pods the API server does not let in, and rollouts that have passed their deadline. */
export function observeWorkloads(index: ClusterIndex, options: ObserveOptions): Observation[] {
  return toObservations(index, options, [...rejections(index), ...stalls(index)])
}

import type { Observation } from '../observation.ts'
import { observeAutoscalers } from './autoscalers.ts'
import { indexOf } from './cluster-index.ts'
import { observeEvictions } from './eviction.ts'
import { observeJobs } from './jobs.ts'
import { observeNetwork } from './network.ts'
import { observeNodes } from './nodes.ts'
import type { ObserveOptions, Observer } from './observer.ts'
import { observePods } from './pods.ts'
import { observeScheduling } from './scheduling.ts'
import { settle } from './settle.ts'
import type { Snapshot } from './snapshot.ts'
import { observeVolumes } from './volumes.ts'
import { observeWorkloads } from './workloads.ts'

const observers: readonly Observer[] = [
  observePods,
  observeEvictions,
  observeScheduling,
  observeNodes,
  observeWorkloads,
  observeJobs,
  observeVolumes,
  observeAutoscalers,
  observeNetwork,
]

/** Reads a snapshot and gives one observation per failing workload container or object; healthy ones give none. */
export function observe(snapshot: Snapshot, options: ObserveOptions): Observation[] {
  const index = indexOf(snapshot)
  return settle(
    index,
    observers.flatMap((observer) => observer(index, options)),
  )
}

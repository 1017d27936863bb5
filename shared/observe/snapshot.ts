import type { KubernetesObject } from '../kubernetes.ts'

/** What a container said: `previous` is the run before the last restart. */
export interface ContainerLog {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  readonly previous: boolean
  readonly text: string
}

/** A set of cluster objects (events among them) and logs, complete or not: a dump, a live cluster, or what a forwarder fetched around one failure. */
export interface Snapshot {
  readonly objects: readonly KubernetesObject[]
  readonly logs: readonly ContainerLog[]
}

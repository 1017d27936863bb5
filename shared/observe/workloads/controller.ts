import type { Evidence } from '../../evidence.ts'
import type { Condition, KubernetesObject } from '../../kubernetes.ts'
import { utc } from '../cluster-event.ts'
import type { ClusterIndex } from '../cluster-index.ts'

/** What makes pods: Deployment, StatefulSet, DaemonSet, Job and the like. */
export interface Controller extends KubernetesObject {
  readonly spec?: { readonly replicas?: number }
  readonly status?: {
    readonly replicas?: number
    readonly readyReplicas?: number
    readonly currentNumberScheduled?: number
    readonly desiredNumberScheduled?: number
    readonly active?: number
    readonly succeeded?: number
    readonly conditions?: readonly Condition[]
  }
}

/** Whether the owner is at the root of the object. */
export const isOf = (index: ClusterIndex, object: KubernetesObject, owner: KubernetesObject) => {
  const root = index.rootOf(object)
  return (
    object.metadata?.namespace === owner.metadata?.namespace && root?.kind === owner.kind && root?.name === owner.metadata?.name
  )
}

/** The conditions that say what a controller cannot do. */
export function conditionsOf(object: KubernetesObject): Evidence[] {
  const conditions = (object as Controller).status?.conditions ?? []
  return conditions
    .filter(
      ({ type, status, reason }) =>
        (type === 'ReplicaFailure' && status === 'True') ||
        (type === 'Progressing' && status === 'False' && reason !== undefined),
    )
    .map(({ type, reason, message = '', lastTransitionTime }) => {
      const at = utc(lastTransitionTime)
      return {
        source: 'status',
        state: 'condition',
        quote: `${type}: ${message || reason}`,
        ...(reason !== undefined && { reason }),
        message,
        ...(at !== undefined && { at }),
      }
    })
}

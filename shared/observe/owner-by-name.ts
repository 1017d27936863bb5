import type { KubernetesObject } from '../kubernetes.ts'
import type { ClusterIndex } from './cluster-index.ts'

/** The workload of a pod that is gone: the controller in the snapshot whose name the pod's begins with. */
export function ownerByName(
  index: ClusterIndex,
  namespace: string | undefined,
  pod: string,
): { kind: string; name: string } | undefined {
  let best: KubernetesObject | undefined
  for (const kind of ['ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'ReplicationController']) {
    for (const object of index.all(kind)) {
      const name = object.metadata?.name
      if (name === undefined || object.metadata?.namespace !== namespace || !pod.startsWith(`${name}-`)) continue
      if (name.length > (best?.metadata?.name?.length ?? 0)) best = object
    }
  }
  if (best?.kind === undefined || best.metadata?.name === undefined) return undefined
  return index.rootOf(best) ?? { kind: best.kind, name: best.metadata.name }
}

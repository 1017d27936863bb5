import type { Condition, KubernetesObject, Pod } from '../kubernetes.ts'
import type { ClusterIndex } from './cluster-index.ts'

/** A pod that failed for good is past when its Job succeeded after all, or when a later pod of the same workload took its place. */
export function isSuperseded(index: ClusterIndex, pod: Pod): boolean {
  const { namespace, creationTimestamp: created = '', ownerReferences = [] } = pod.metadata ?? {}
  const owner = ownerReferences.find(({ controller }) => controller)
  const root = index.rootOf(pod)
  if (owner === undefined || root === undefined) return false
  const job = owner.kind === 'Job' ? index.get('Job', namespace, owner.name) : undefined
  if (job !== undefined && isComplete(job)) return true
  return (latestWell(index).get(workloadKey(namespace, root)) ?? '') > created
}

const workloadKey = (namespace: string | undefined, { kind, name }: { readonly kind: string; readonly name: string }) =>
  `${namespace}/${kind}/${name}`

const wellByIndex = new WeakMap<ClusterIndex, Map<string, string>>()

/** When the latest pod of each workload that is ready, or has done its work, was created. */
function latestWell(index: ClusterIndex): Map<string, string> {
  const known = wellByIndex.get(index)
  if (known !== undefined) return known
  const latest = new Map<string, string>()
  wellByIndex.set(index, latest)
  for (const pod of index.pods) {
    const { namespace, creationTimestamp = '' } = pod.metadata ?? {}
    const root = isWell(pod) ? index.rootOf(pod) : undefined
    if (root === undefined) continue
    const key = workloadKey(namespace, root)
    if (creationTimestamp > (latest.get(key) ?? '')) latest.set(key, creationTimestamp)
  }
  return latest
}

const isWell = ({ status }: Pod) =>
  status?.phase === 'Succeeded' ||
  status?.conditions?.some(({ type, status: met }) => type === 'Ready' && met === 'True') === true

const isComplete = ({ status }: KubernetesObject) =>
  (status as { conditions?: readonly Condition[] } | undefined)?.conditions?.some(
    ({ type, status: met }) => (type === 'Complete' || type === 'SuccessCriteriaMet') && met === 'True',
  ) ?? false

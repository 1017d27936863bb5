import type { KubernetesObject, OwnerReference, Pod } from '../kubernetes.ts'
import { toClusterEvent, type ClusterEvent } from './cluster-event.ts'
import type { Snapshot } from './snapshot.ts'
import { withoutNulls } from './without-nulls.ts'

/** Finds what a snapshot holds without walking it again. */
export interface ClusterIndex {
  readonly pods: readonly Pod[]
  all(kind: string): readonly KubernetesObject[]
  get(kind: string, namespace: string | undefined, name: string): KubernetesObject | undefined
  /** Oldest first; those of an earlier object of the same name are left out where both uids are known. */
  eventsOf(kind: string, namespace: string | undefined, name: string, uid?: string): readonly ClusterEvent[]
  /** Every event, oldest first. */
  readonly events: readonly ClusterEvent[]
  logOf(namespace: string, pod: string, container: string, previous: boolean): string | undefined
  /** The workload at the root of an object's owners; undefined for an object without owner. */
  rootOf(object: KubernetesObject): { readonly kind: string; readonly name: string } | undefined
}

const key = (...parts: readonly (string | undefined)[]) => parts.map((part) => part ?? '').join('\u0000')

export function indexOf({ objects, logs }: Snapshot): ClusterIndex {
  const byKind = new Map<string, KubernetesObject[]>()
  const byName = new Map<string, KubernetesObject>()
  const byInvolved = new Map<string, ClusterEvent[]>()
  const events: ClusterEvent[] = []
  for (const written of objects) {
    const object = withoutNulls(written)
    const { kind = '', metadata } = object
    if (kind === 'Event') {
      const event = toClusterEvent(object)
      if (event !== undefined) events.push(event)
      continue
    }
    if (metadata?.name === undefined) continue
    byName.set(key(kind, metadata.namespace, metadata.name), object)
  }
  for (const object of byName.values()) push(byKind, object.kind ?? '', object)
  events.sort((a, b) => (a.lastAt ?? '').localeCompare(b.lastAt ?? ''))
  for (const event of events) push(byInvolved, key(event.involved.kind, namespaceOf(event), event.involved.name), event)
  const logOf = new Map(logs.map((log) => [key(log.namespace, log.pod, log.container, String(log.previous)), log.text]))

  const get: ClusterIndex['get'] = (kind, namespace, name) => byName.get(key(kind, namespace, name))
  return {
    pods: (byKind.get('Pod') ?? []) as readonly Pod[],
    all: (kind) => byKind.get(kind) ?? [],
    get,
    events,
    eventsOf: (kind, namespace, name, uid) =>
      (byInvolved.get(key(kind, clusterScoped.has(kind) ? undefined : namespace, name)) ?? []).filter(
        ({ involved }) => uid === undefined || involved.uid === undefined || involved.uid === uid || kind === 'Node',
      ),
    logOf: (namespace, pod, container, previous) => logOf.get(key(namespace, pod, container, String(previous))),
    rootOf: (object) => rootOf(object, get),
  }
}

/** Events about cluster-wide objects live in the namespace default and may name it. */
const clusterScoped = new Set(['Node', 'PersistentVolume', 'Namespace', 'StorageClass'])
const namespaceOf = ({ involved }: ClusterEvent) => (clusterScoped.has(involved.kind) ? undefined : involved.namespace)

function push<T>(map: Map<string, T[]>, at: string, value: T): void {
  const list = map.get(at)
  if (list === undefined) map.set(at, [value])
  else list.push(value)
}

/** A static pod is owned by its node, which is no workload. */
function ownerOf({ metadata }: KubernetesObject): OwnerReference | undefined {
  // A reference that was cut names nobody.
  const owners = metadata?.ownerReferences?.filter(
    ({ kind, name }: Partial<OwnerReference>) => kind !== undefined && name !== undefined && kind !== 'Node',
  )
  return owners?.find(({ controller }) => controller) ?? owners?.[0]
}

function rootOf(object: KubernetesObject, get: ClusterIndex['get']): { kind: string; name: string } | undefined {
  let owner = ownerOf(object)
  if (owner === undefined) return undefined
  // Owners can form a ring in a hand-written dump; no real chain is this long.
  for (let depth = 0; depth < 8; depth++) {
    const parent = get(owner.kind, object.metadata?.namespace, owner.name)
    const above: OwnerReference | undefined = parent ? ownerOf(parent) : deploymentOf(owner, object)
    if (above === undefined) break
    owner = above
  }
  return { kind: owner.kind, name: owner.name }
}

/** A ReplicaSet that the snapshot lacks still tells its Deployment: its name is the Deployment's and the hash of the pod template. */
function deploymentOf({ kind, name }: OwnerReference, object: KubernetesObject): OwnerReference | undefined {
  if (kind !== 'ReplicaSet') return undefined
  const hash = object.metadata?.labels?.['pod-template-hash'] ?? /-([bcdfghjklmnpqrstvwxz2456789]{6,10})$/.exec(name)?.[1]
  return hash !== undefined && name.endsWith(`-${hash}`)
    ? { kind: 'Deployment', name: name.slice(0, -hash.length - 1) }
    : undefined
}

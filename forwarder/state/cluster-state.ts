import type { KubernetesObject, Pod } from '../../shared/kubernetes.ts'
import type { ClusterEvent } from '../../shared/observe/cluster-event.ts'
import { eventRing, objectKey, type EventRing } from './events.ts'
import { knownPods, type Pods } from './pods.ts'
import { controllerOf, knownRoots, type Roots } from './roots.ts'
import { trim } from './trim.ts'
import { standingOf, type Standing } from './workload.ts'

/** Why a workload or object is looked at: `urgent` where something new says that it fails. */
type Touch = (key: string, urgent: boolean) => void

interface StoredObject {
  readonly text: string
  readonly standing: Standing
}

interface Slice {
  readonly endpoints?: readonly { readonly conditions?: { readonly ready?: boolean | null } }[] | null
  readonly ports?: readonly unknown[] | null
}

export interface ClusterState {
  readonly apply: (kind: string, object: KubernetesObject, listed: boolean) => void
  readonly remove: (kind: string, object: KubernetesObject) => void
  /** After a list of a kind: what was not in it is gone. */
  readonly beginList: (kind: string, namespace: string | undefined) => void
  readonly endList: (kind: string, namespace: string | undefined) => void
  readonly pods: Pods
  readonly roots: Roots
  readonly events: EventRing
  readonly object: (key: string) => KubernetesObject | undefined
  readonly standing: (key: string) => Standing | undefined
  readonly keysOf: (kind: string, namespace?: string) => readonly string[]
  /** Objects (pods that are gone, ReplicaSets, Jobs) of which events were heard, by the workload they belong to. */
  readonly membersOf: (root: string) => readonly string[]
  /** The workload at the root of an object that is known by its key alone. */
  readonly rootOfKey: (key: string) => string
  readonly readyEndpoints: (service: string) => number
  /** Forgets what is too old to be evidence. */
  readonly tidy: () => void
}

/** Kinds whose objects are few and small enough to be kept, as text. */
export const storedKinds: ReadonlySet<string> = new Set([
  'Node',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'CronJob',
  'Job',
  'PersistentVolumeClaim',
  'Service',
  'Ingress',
  'HorizontalPodAutoscaler',
])
const memory = 3_600_000
/** Normal events that tell of a failure, or of its way there; other normal ones are heard and change nothing. */
const telling = new Set([
  'Killing',
  'BackOff',
  'Preempted',
  'NotTriggerScaleUp',
  'NodeNotReady',
  'TaintManagerEviction',
  'JobAlreadyActive',
  'ExternalProvisioning',
])

export interface StateOptions {
  readonly touch: Touch
  readonly salt: string
  readonly now: () => number
}

export function clusterState({ touch, salt, now }: StateOptions): ClusterState {
  const roots = knownRoots()
  const pods = knownPods({ roots, salt, now })
  const objects = new Map<string, Map<string, StoredObject>>()
  const members = new Map<string, Map<string, number>>()
  const endpoints = new Map<string, Map<string, number>>()
  const listing = new Map<string, Set<string>>()
  const events = eventRing(({ reason, involved: { kind, namespace, name } }: ClusterEvent) => {
    if (telling.has(reason)) return false
    if (kind !== 'Pod') return harmless.has(kind)
    return pods.get(objectKey('Pod', namespace, name))?.glance.trouble === 'none'
  })

  const keyOf = (kind: string, { metadata }: KubernetesObject) => objectKey(kind, metadata?.namespace, metadata?.name ?? '')
  const kindMap = (kind: string) => {
    const map = objects.get(kind) ?? new Map<string, StoredObject>()
    objects.set(kind, map)
    return map
  }

  function applyPod(pod: Pod): void {
    const { record, before } = pods.apply(pod)
    const was = before?.uid === record.uid ? before.glance : undefined
    if (record.glance.trouble === 'none') {
      if (was !== undefined && was.trouble !== 'none') {
        events.calm(record.key)
        touch(record.root, false)
      }
      return
    }
    if (was?.trouble === record.glance.trouble && was.signature === record.glance.signature) return
    touch(record.root, record.glance.trouble === 'failing')
  }

  function applyObject(kind: string, object: KubernetesObject): void {
    const key = keyOf(kind, object)
    roots.learn(kind, object)
    if (kind === 'EndpointSlice') return applySlice(object)
    if (!storedKinds.has(kind)) return
    const standing = standingOf(kind, object)
    const before = kindMap(kind).get(key)?.standing
    kindMap(kind).set(key, { text: JSON.stringify(trim(object, kind, salt)), standing })
    if (kind === 'Service' || kind === 'Ingress') return touch(key, false)
    if (before !== undefined && before.sign === standing.sign && before.well === standing.well) return
    if (before === undefined && standing.well) return
    const root = roots.of(kind, object)
    touch(objectKey(root.kind, object.metadata?.namespace, root.name), standing.suspicious)
    if (root.name !== object.metadata?.name || root.kind !== kind) touch(key, standing.suspicious)
  }

  function applySlice(slice: KubernetesObject): void {
    const { namespace, name = '', labels } = slice.metadata ?? {}
    const service = labels?.['kubernetes.io/service-name']
    if (service === undefined) return
    const key = objectKey('Service', namespace, service)
    const of = endpoints.get(key) ?? new Map<string, number>()
    const before = sum(of)
    const { endpoints: list, ports } = slice as Slice
    // A slice without ports has pods, and a port that none of them has: nothing can be reached.
    of.set(name, ports?.length ? (list ?? []).filter(({ conditions }) => conditions?.ready !== false).length : 0)
    endpoints.set(key, of)
    if ((before === 0) !== (sum(of) === 0)) touch(key, false)
  }

  function applyEvent(object: KubernetesObject): void {
    const added = events.add(object)
    if (added === undefined) return
    const { event, key, isNews } = added
    const { kind, namespace, name } = event.involved
    const root = rootOfInvolved(kind, namespace, name)
    if (root !== key) {
      const heard = members.get(root) ?? new Map<string, number>()
      heard.set(key, now())
      members.set(root, heard)
    }
    if (isNews && (event.type === 'Warning' || telling.has(event.reason))) touch(root, event.type === 'Warning')
  }

  function rootOfInvolved(kind: string, namespace: string | undefined, name: string): string {
    if (kind === 'Node') return objectKey('Node', undefined, name)
    const pod = kind === 'Pod' ? pods.get(objectKey('Pod', namespace, name)) : undefined
    if (pod !== undefined) return pod.root
    if (kind === 'Pod') return rootOfGonePod(namespace, name)
    const root = roots.ofName(kind, namespace, name)
    return objectKey(root.kind, namespace, root.name)
  }

  /** A pod that is gone, or not heard of yet: its name tells its ReplicaSet. */
  function rootOfGonePod(namespace: string | undefined, name: string): string {
    const key = objectKey('Pod', namespace, name)
    for (const [root, heard] of members) if (heard.has(key)) return root
    const owner = /^(.+)-(?:[bcdfghjklmnpqrstvwxz2456789]{5}|\d+)$/.exec(name)?.[1]
    if (owner === undefined) return key
    const kind = ['Job', 'DaemonSet', 'StatefulSet'].find((kind) => objects.get(kind)?.has(objectKey(kind, namespace, owner)))
    const root = roots.ofName(kind ?? 'ReplicaSet', namespace, owner)
    return root.kind === 'ReplicaSet' ? key : objectKey(root.kind, namespace, root.name)
  }

  function remove(kind: string, object: KubernetesObject): void {
    const key = keyOf(kind, object)
    // The API server forgets events after an hour; what they said stays evidence until `forget`.
    if (kind === 'Event') return
    if (kind === 'Pod') {
      const record = pods.remove(object)
      if (record === undefined) return
      if (events.of(key).length > 0) {
        const heard = members.get(record.root) ?? new Map<string, number>()
        heard.set(key, now())
        members.set(record.root, heard)
      }
      touch(record.root, false)
      return
    }
    if (kind === 'EndpointSlice') {
      const service = object.metadata?.labels?.['kubernetes.io/service-name']
      if (service === undefined) return
      const of = objectKey('Service', object.metadata?.namespace, service)
      endpoints.get(of)?.delete(object.metadata?.name ?? '')
      if (endpoints.get(of)?.size === 0) endpoints.delete(of)
      return touch(of, false)
    }
    const root = roots.of(kind, object)
    roots.forget(kind, object)
    objects.get(kind)?.delete(key)
    events.drop(key)
    touch(key, false)
    touch(objectKey(root.kind, object.metadata?.namespace, root.name), false)
  }

  const listKey = (kind: string, namespace: string | undefined) => `${kind}/${namespace ?? ''}`
  const isIn = (key: string, namespace: string | undefined) => namespace === undefined || key.split('/')[1] === namespace

  return {
    pods,
    roots,
    events,
    remove,
    apply: (kind, object, listed) => {
      if (listed) listing.get(listKey(kind, object.metadata?.namespace))?.add(keyOf(kind, object))
      if (listed) listing.get(listKey(kind, undefined))?.add(keyOf(kind, object))
      if (kind === 'Pod') applyPod(object as Pod)
      else if (kind === 'Event') applyEvent(object)
      else applyObject(kind, object)
    },
    beginList: (kind, namespace) => {
      if (kind !== 'Event') listing.set(listKey(kind, namespace), new Set())
    },
    endList: (kind, namespace) => {
      const seen = listing.get(listKey(kind, namespace))
      listing.delete(listKey(kind, namespace))
      if (seen === undefined) return
      const known = kind === 'Pod' ? [...pods.all()].map(({ key }) => key) : [...(objects.get(kind)?.keys() ?? [])]
      for (const key of known) if (isIn(key, namespace) && !seen.has(key)) remove(kind, nameOf(key))
    },
    object: (key) => {
      const kind = key.slice(0, key.indexOf('/'))
      const text = objects.get(kind)?.get(key)?.text
      return text === undefined ? undefined : (JSON.parse(text) as KubernetesObject)
    },
    standing: (key) => objects.get(key.slice(0, key.indexOf('/')))?.get(key)?.standing,
    keysOf: (kind, namespace) => [...(objects.get(kind)?.keys() ?? [])].filter((key) => isIn(key, namespace)),
    membersOf: (root) => [...(members.get(root)?.keys() ?? [])],
    rootOfKey: (key) => {
      const [kind = '', namespace = '', name = ''] = key.split('/')
      return rootOfInvolved(kind, namespace === '' ? undefined : namespace, name)
    },
    readyEndpoints: (service) => sum(endpoints.get(service) ?? new Map()),
    tidy: () => {
      events.forget(now() - memory)
      for (const [root, heard] of members) {
        for (const [key, at] of heard) if (now() - at > memory) heard.delete(key)
        if (heard.size === 0) members.delete(root)
      }
    },
  }
}

/** Normal events about these fill the ring and tell nothing. */
const harmless = new Set([
  'Node',
  'Deployment',
  'ReplicaSet',
  'DaemonSet',
  'Service',
  'EndpointSlice',
  'Lease',
  'Endpoints',
  'Ingress',
])

const sum = (counts: Map<string, number>) => [...counts.values()].reduce((total, count) => total + count, 0)

function nameOf(key: string): KubernetesObject {
  const [, namespace = '', name = ''] = key.split('/')
  return { metadata: { name, ...(namespace !== '' && { namespace }) } }
}

/** The owner that a stored object names, as a key. */
export function ownerKeyOf(object: KubernetesObject): string | undefined {
  const owner = controllerOf(object)
  return owner && objectKey(owner.kind, object.metadata?.namespace, owner.name)
}

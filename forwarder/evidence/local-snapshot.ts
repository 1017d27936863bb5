import type { KubernetesObject, Pod } from '../../shared/kubernetes.ts'
import type { Snapshot } from '../../shared/observe/snapshot.ts'
import { ownerKeyOf, storedKinds, type ClusterState } from '../state/cluster-state.ts'
import { objectKey } from '../state/events.ts'

/** Scheduling is explained by what all nodes offer; beyond this many, a part of them tells as much. */
const nodeLimit = 200
const eventLimit = 80

type Volumes = NonNullable<Pod['spec']>['volumes']

/** What is known of a workload or object without asking the API server: its pods, owners, claims, nodes, and the events of all of them. */
export function localSnapshot(state: ClusterState, key: string): Snapshot {
  const [kind = '', namespaceOrNone = '', name = ''] = key.split('/')
  const namespace = namespaceOrNone === '' ? undefined : namespaceOrNone
  const taken = new Map<string, KubernetesObject>()
  const heard = new Set<string>([key, ...state.membersOf(key)])

  function take(at: string): KubernetesObject | undefined {
    const known = taken.get(at)
    if (known !== undefined) return known
    const object = state.object(at)
    heard.add(at)
    if (object !== undefined) taken.set(at, object)
    return object
  }

  function takePods(keys: Iterable<{ readonly key: string; readonly text?: string }>): Pod[] {
    return [...keys].flatMap(({ key: at, text }) => {
      if (text === undefined) return []
      const pod = JSON.parse(text) as Pod
      taken.set(at, pod)
      heard.add(at)
      takeOwners(pod)
      takeClaims(pod.spec?.volumes)
      if (pod.spec?.nodeName !== undefined) take(objectKey('Node', undefined, pod.spec.nodeName))
      return [pod]
    })
  }

  /** The chain of owners up to the root: kept objects whole, others as the stub that says who owns them. */
  function takeOwners(object: KubernetesObject): void {
    let at = ownerKeyOf(object)
    for (let depth = 0; depth < 8 && at !== undefined; depth++) {
      const owner = take(at) ?? stub(at)
      if (owner === undefined) return
      at = ownerKeyOf(owner)
    }
  }

  function stub(at: string): KubernetesObject | undefined {
    const [ownerKind = '', , ownerName = ''] = at.split('/')
    const above = state.roots.ownerOf(ownerKind, namespace, ownerName)
    if (above === undefined) return undefined
    const object: KubernetesObject = {
      kind: ownerKind,
      metadata: {
        name: ownerName,
        ...(namespace !== undefined && { namespace }),
        ownerReferences: [{ ...above, controller: true }],
      },
    }
    taken.set(at, object)
    return object
  }

  function takeClaims(volumes: Volumes): void {
    for (const { persistentVolumeClaim } of volumes ?? [])
      if (persistentVolumeClaim?.claimName !== undefined)
        take(objectKey('PersistentVolumeClaim', namespace, persistentVolumeClaim.claimName))
  }

  const root = take(key)
  takeOwners(root ?? {})
  const pods = takePods(state.pods.keptOfRoot(key))
  if (pods.some(isUnscheduled)) for (const node of state.keysOf('Node').slice(0, nodeLimit)) take(node)
  if (kind === 'CronJob')
    for (const job of state.keysOf('Job', namespace)) {
      const owned = state.object(job)
      if (owned !== undefined && ownerKeyOf(owned) === key) take(job)
    }
  if (kind === 'StatefulSet')
    for (const claim of state.keysOf('PersistentVolumeClaim', namespace)) if (isClaimOf(claim, name)) take(claim)
  if (kind === 'PersistentVolumeClaim')
    takePods([...state.pods.kept()].filter(({ key: at, text }) => isIn(at, namespace) && text?.includes(`"claimName":"${name}"`)))
  if (kind === 'Node') takePods([...state.pods.kept()].filter(({ node }) => node === name).slice(0, 30))
  if (kind === 'HorizontalPodAutoscaler') takeTarget(root)
  if (kind === 'Ingress') for (const service of state.keysOf('Service', namespace)) take(service)
  if (kind === 'Service') takeAround(root)

  function takeTarget(autoscaler: KubernetesObject | undefined): void {
    const target = (autoscaler?.spec as { scaleTargetRef?: { kind: string; name: string } } | undefined)?.scaleTargetRef
    if (target !== undefined) take(objectKey(target.kind, namespace, target.name))
  }

  /** What a Service is behind of: pods that fail, workloads that should make them, and whoever says that it cannot be called. */
  function takeAround(service: KubernetesObject | undefined): void {
    takePods(selectedBy(service))
    for (const workload of ['Deployment', 'StatefulSet', 'DaemonSet'])
      for (const at of state.keysOf(workload, namespace)) take(at)
    for (const at of state.events.mentioning(`://${name}.${namespace ?? 'default'}.svc`)) {
      heard.add(at)
      take(state.rootOfKey(at))
    }
  }

  /** Pods in trouble that the service selects: what fails there is the cause, the service without endpoints its effect. */
  function selectedBy(service: KubernetesObject | undefined) {
    const selector = Object.entries((service?.spec as { selector?: Record<string, string> } | undefined)?.selector ?? {})
    if (selector.length === 0) return []
    return [...state.pods.kept()]
      .filter(({ key: at, text }) => {
        if (!isIn(at, namespace) || text === undefined) return false
        const labels = (JSON.parse(text) as Pod).metadata?.labels ?? {}
        return selector.every(([label, value]) => labels[label] === value)
      })
      .slice(0, 5)
  }

  // The events of a pod that is there, and not among these, would read as those of a pod that is gone; those of an object that
  // was deleted would keep it failing until they are forgotten. A pod that is gone may be the failure itself.
  const isDeleted = (at: string) => storedKinds.has(at.slice(0, at.indexOf('/'))) && state.object(at) === undefined
  const events = [...heard]
    .filter((at) => taken.has(at) || (state.pods.get(at) === undefined && !isDeleted(at)))
    .flatMap((at) => state.events.of(at))
    .slice(-eventLimit)
  return { objects: [...taken.values(), ...events], logs: [] }
}

const isIn = (key: string, namespace: string | undefined) => namespace === undefined || key.split('/')[1] === namespace

const isUnscheduled = ({ status }: Pod) =>
  status?.conditions?.some(({ type, status }) => type === 'PodScheduled' && status === 'False') ?? false

/** Claims of a StatefulSet are named TEMPLATE-SET-ORDINAL. */
function isClaimOf(claim: string, set: string): boolean {
  const name = claim.split('/')[2] ?? ''
  return new RegExp(`-${set.replaceAll('.', '\\.')}-\\d+$`).test(name)
}

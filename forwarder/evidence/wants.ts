import type { ContainerStatus, KubernetesObject, Pod } from '../../shared/kubernetes.ts'
import type { Observation } from '../../shared/observation.ts'
import type { Snapshot } from '../../shared/observe/snapshot.ts'
import { pathOf, type KnownKind } from '../cluster/kinds.ts'

/** One request to the API server that would add to the evidence. */
export type Want =
  | {
      readonly type: 'log'
      readonly namespace: string
      readonly pod: string
      readonly container: string
      readonly previous: boolean
    }
  | {
      readonly type: 'list'
      readonly kind: KnownKind
      readonly path: string
      readonly query: Readonly<Record<string, string | number>>
    }
  | { readonly type: 'get'; readonly kind: KnownKind; readonly path: string }

/** What to ask the API server for, given what is known: logs of the failing container, what changed, and what the symptom points at. */
export function wantsOf(key: string, observations: readonly Observation[], { objects }: Snapshot): Want[] {
  const [kind = '', namespaceOrNone = '', name = ''] = key.split('/')
  const namespace = namespaceOrNone === '' ? undefined : namespaceOrNone
  const wants = observations.flatMap((observation) => logsOf(observation, objects))
  if (namespace === undefined) return wants
  const text = observations.flatMap(({ symptom, evidence }) => [symptom, ...evidence.map(({ quote }) => quote)]).join('\n')
  const list = (wanted: KnownKind, query: Record<string, string | number> = {}): Want => ({
    type: 'list',
    kind: wanted,
    path: pathOf(wanted, namespace),
    query: { limit: 100, ...query },
  })
  const root = objects.find((object) => object.kind === kind && object.metadata?.name === name)
  const selector = selectorOf(root)
  if (selector !== undefined) {
    if (kind === 'Deployment') wants.push(list('ReplicaSet', { labelSelector: selector, limit: 20 }))
    if (kind === 'StatefulSet' || kind === 'DaemonSet')
      wants.push(list('ControllerRevision', { labelSelector: selector, limit: 20 }))
    if (/image|pull/i.test(text) && kind !== 'Service') wants.push(list('Pod', { labelSelector: selector, limit: 10 }))
  } else if (kind === 'ReplicaSet') wants.push({ type: 'get', kind, path: pathOf(kind, namespace, name) })
  if (/unauthori[sz]ed|denied|forbidden|credential|authenticat|pull secret|no basic auth/i.test(text) && /image|pull/i.test(text))
    wants.push({ type: 'get', kind: 'ServiceAccount', path: pathOf('ServiceAccount', namespace, accountOf(objects)) })
  if (/quota|limitrange|maximum .* usage|minimum .* usage/i.test(text)) wants.push(list('ResourceQuota'), list('LimitRange'))
  if (/volume|claim|storage ?class|provision/i.test(text)) {
    wants.push({ type: 'list', kind: 'StorageClass', path: pathOf('StorageClass'), query: { limit: 50 } })
    wants.push({ type: 'list', kind: 'PersistentVolume', path: pathOf('PersistentVolume'), query: { limit: 200 } })
    if (/attach/i.test(text))
      wants.push({ type: 'list', kind: 'VolumeAttachment', path: pathOf('VolumeAttachment'), query: { limit: 200 } })
  }
  return wants
}

/** A Service that is suspected of having no endpoints is judged by its slices and by pods like those it selects. */
export function wantsOfService(service: KubernetesObject): Want[] {
  const { namespace, name = '' } = service.metadata ?? {}
  const selector = Object.entries((service.spec as { selector?: Record<string, string> } | undefined)?.selector ?? {})
  if (namespace === undefined || selector.length === 0) return []
  return [
    {
      type: 'list',
      kind: 'EndpointSlice',
      path: pathOf('EndpointSlice', namespace),
      query: { labelSelector: `kubernetes.io/service-name=${name}`, limit: 10 },
    },
    // All of the namespace, since a selector that matches nothing is told by the labels that pods do have.
    { type: 'list', kind: 'Pod', path: pathOf('Pod', namespace), query: { limit: 50 } },
  ]
}

/** An Ingress is judged by the endpoints of its backends too. */
export function wantsOfIngress(ingress: KubernetesObject): Want[] {
  const { namespace } = ingress.metadata ?? {}
  if (namespace === undefined) return []
  return [{ type: 'list', kind: 'EndpointSlice', path: pathOf('EndpointSlice', namespace), query: { limit: 100 } }]
}

function logsOf({ subject, pods }: Observation, objects: readonly KubernetesObject[]): Want[] {
  const { namespace, container } = subject
  const name = pods[0] ?? (subject.kind === 'Pod' ? subject.name : undefined)
  const pod = objects.find((object) => object.kind === 'Pod' && object.metadata?.name === name) as Pod | undefined
  if (namespace === undefined || name === undefined || pod === undefined) return []
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
  const failing =
    container === undefined
      ? statuses.filter(({ restartCount = 0 }) => restartCount > 0).slice(0, 2)
      : statuses.filter((status) => status.name === container)
  return failing.flatMap((status) =>
    runsToRead(status).map((previous): Want => ({ type: 'log', namespace, pod: name, container: status.name ?? '', previous })),
  )
}

/** Which runs of a container have something to say. A container that waits after a crash answers both questions with the same log. */
function runsToRead({ state, lastState, restartCount = 0 }: ContainerStatus): boolean[] {
  if (state?.running !== undefined) return restartCount > 0 && lastState?.terminated !== undefined ? [false, true] : [false]
  if (state?.terminated !== undefined) return [false]
  return lastState?.terminated === undefined ? [] : [true]
}

function selectorOf(root: KubernetesObject | undefined): string | undefined {
  const labels = (root?.spec as { selector?: { matchLabels?: Record<string, string> } } | undefined)?.selector?.matchLabels
  if (labels === undefined) return undefined
  const pairs = Object.entries(labels)
  return pairs.length === 0 ? undefined : pairs.map(([label, value]) => `${label}=${value}`).join(',')
}

const accountOf = (objects: readonly KubernetesObject[]): string =>
  (objects.find(({ kind }) => kind === 'Pod') as Pod | undefined)?.spec?.serviceAccountName ?? 'default'

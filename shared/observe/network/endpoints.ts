import type { Evidence } from '../../evidence.ts'
import type { KubernetesObject } from '../../kubernetes.ts'
import type { ClusterIndex } from '../cluster-index.ts'
import type { Sighting } from '../draft.ts'
import { missingPort } from './ports.ts'
import { nearest } from './nearest.ts'
import { isOld, isReady, matches, type Service } from './service.ts'

/** A Service that leads to no ready pod, or to a port that its pods do not have. */
export function withoutEndpoints(index: ClusterIndex, service: Service, now: string): Sighting[] {
  const { namespace, name = '', creationTimestamp, deletionTimestamp } = service.metadata ?? {}
  const { spec } = service
  if (deletionTimestamp !== undefined || spec?.type === 'ExternalName') return []
  if (hasEndpoints(index, service)) return missingPort(index, service)
  if (spec === undefined) return isAlone(index, service) ? [unclear(service)] : []
  const selector = spec.selector ?? {}
  if (Object.keys(selector).length === 0) return []
  const pods = index.pods.filter(({ metadata }) => metadata?.namespace === namespace)
  const selected = pods.filter((pod) => matches(pod, selector))
  const isServed = selected.some(isReady)
  if (isServed) return missingPort(index, service)
  // Scaled to nothing on purpose, or a dump without pods: not to be told from trouble.
  if (selected.length === 0 && isIdle(index, service)) return []
  if (
    selected.length > 0 &&
    selected.every(
      (pod) =>
        pod.metadata?.deletionTimestamp === undefined &&
        !isOld(pod.metadata?.creationTimestamp, now, 120_000) &&
        pod.metadata?.creationTimestamp !== undefined,
    )
  )
    return []
  const near = nearest(pods, selector)
  // A Service is often made some seconds before its pods.
  if (near === undefined && !isOld(creationTimestamp, now, 30_000)) return []
  const text = Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
  const quote =
    selected.length === 0
      ? `Service ${name} selects ${text}, and no pod of the namespace has these labels`
      : `Service ${name} selects ${text}: ${selected.length} pods, none of them ready`
  return [
    {
      object: service,
      symptom: 'NoEndpoints',
      evidence: [
        {
          source: 'object',
          quote,
          reason: 'NoEndpoints',
          object: { kind: 'Service', name },
          facts: { selector: text, selected: String(selected.length), ...(near && { near }) },
        },
        ...selected.slice(0, 10).map((pod): Evidence => ({
          source: 'object',
          quote: `pod ${pod.metadata?.name} is not ready`,
          reason: 'SelectedPod',
          object: { kind: 'Pod', name: pod.metadata?.name ?? '' },
          facts: {},
        })),
      ],
    },
  ]
}

/** Its workload is scaled to nothing, or ends by design. */
function isIdle(index: ClusterIndex, { metadata, spec }: Service): boolean {
  const selector = spec?.selector ?? {}
  return ['Deployment', 'StatefulSet', 'ReplicaSet'].some((kind) =>
    index.all(kind).some((object) => {
      const { replicas, template } = (object.spec ?? {}) as {
        replicas?: number
        template?: { metadata?: { labels?: Record<string, string> } }
      }
      const labels = template?.metadata?.labels ?? {}
      return (
        replicas === 0 &&
        object.metadata?.namespace === metadata?.namespace &&
        kind !== 'ReplicaSet' &&
        Object.entries(selector).every(([key, value]) => labels[key] === value)
      )
    }),
  )
}

interface Slice extends KubernetesObject {
  readonly endpoints?: readonly { readonly conditions?: { readonly ready?: boolean | null } }[] | null
  readonly subsets?: readonly { readonly addresses?: readonly unknown[] }[] | null
}

function hasEndpoints(index: ClusterIndex, { metadata }: Service): boolean {
  const slices = (index.all('EndpointSlice') as readonly Slice[]).filter(
    (slice) =>
      slice.metadata?.namespace === metadata?.namespace &&
      slice.metadata?.labels?.['kubernetes.io/service-name'] === metadata?.name,
  )
  const legacy: Slice | undefined = index.get('Endpoints', metadata?.namespace, metadata?.name ?? '')
  return (
    slices.some(({ endpoints }) => endpoints?.some(({ conditions }) => conditions?.ready !== false) === true) ||
    legacy?.subsets?.some(({ addresses = [] }) => addresses.length > 0) === true
  )
}

/** Nothing but the Service itself is there to see. */
const isAlone = (index: ClusterIndex, { metadata }: Service) =>
  !index.pods.some((pod) => pod.metadata?.namespace === metadata?.namespace) && index.all('Ingress').length === 0

function unclear(service: Service): Sighting {
  const name = service.metadata?.name ?? ''
  return {
    object: service,
    symptom: 'NoEndpoints',
    evidence: [
      {
        source: 'object',
        quote: `nothing shows an endpoint of Service ${name}`,
        reason: 'NoEndpointsKnown',
        object: { kind: 'Service', name },
        facts: {},
      },
    ],
  }
}

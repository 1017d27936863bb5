import type { Evidence } from '../evidence.ts'
import type { KubernetesObject, Pod } from '../kubernetes.ts'
import type { Observation } from '../observation.ts'
import type { ClusterIndex } from './cluster-index.ts'
import { eventEvidence } from './container-evidence.ts'
import { toObservations, type Sighting } from './draft.ts'
import { observeIngresses } from './ingresses.ts'
import type { ObserveOptions } from './observer.ts'
import { similarTo } from './similar-name.ts'

export interface Service extends KubernetesObject {
  readonly spec?: {
    readonly type?: string
    readonly selector?: Readonly<Record<string, string>> | null
    readonly ports?: readonly {
      readonly name?: string
      readonly port?: number
      readonly targetPort?: number | string
      readonly protocol?: string
    }[]
    readonly clusterIP?: string
    readonly externalName?: string
    readonly loadBalancerClass?: string
  }
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly unknown[] } }
}

const ofLoadBalancer =
  /^(?:SyncLoadBalancerFailed|CreatingLoadBalancerFailed|UpdateLoadBalancerFailed|UpdatingLoadBalancerFailed|DeletingLoadBalancerFailed|FailedDeployModel|FailedBuildModel|FailedReconcile|FailedAllocate|AllocationFailed|UnAvailableLoadBalancer|UnAvailableLoadBalancers|ListLoadBalancerFailed|LoadBalancerUpdateFailed|FailedToCreate\w*|EnsureLoadBalancerFailed|BackendNotFound|FailedAddFinalizer|FailedNetworkReconcile|SyncFailed|UnAvailable\w*|FailedToStart\w*)$/

/** Finds Services and Ingresses that lead nowhere. */
export function observeNetwork(index: ClusterIndex, options: ObserveOptions): Observation[] {
  const known = (index.all('Service') as readonly Service[]).flatMap((service) =>
    [...loadBalancer(index, service, options.now), ...withoutEndpoints(index, service, options.now)].slice(0, 1),
  )
  return toObservations(index, options, [...known, ...unknownServices(index), ...observeIngresses(index, options)])
}

function loadBalancer(index: ClusterIndex, service: Service, now: string): Sighting[] {
  const { namespace, name = '', uid, creationTimestamp, deletionTimestamp } = service.metadata ?? {}
  if (service.spec?.type !== 'LoadBalancer' || deletionTimestamp !== undefined) return []
  const events = index.eventsOf('Service', namespace, name, uid)
  const failed = events.filter(({ type, reason }) => type === 'Warning' || ofLoadBalancer.test(reason))
  const ensured = events.findLast(({ reason }) =>
    /^(?:EnsuredLoadBalancer|SuccessfullyReconciled|UpdatedLoadBalancer|IPAllocated|nodeAssigned)$/.test(reason),
  )
  const latest = failed.at(-1)
  const isServed = (service.status?.loadBalancer?.ingress ?? []).length > 0
  if (latest !== undefined && ensured?.lastAt !== undefined && latest.lastAt !== undefined && ensured.lastAt > latest.lastAt)
    return []
  if (latest === undefined && (isServed || ensured !== undefined || !isOld(creationTimestamp, now, 5 * 60_000))) return []
  const waited = creationTimestamp === undefined ? '' : ` since ${creationTimestamp}`
  const quote = `no load balancer was assigned${waited}`
  const shown = latest === undefined ? events : failed
  return [
    {
      object: service,
      symptom: latest?.reason ?? 'Pending',
      evidence: [
        ...shown
          .toReversed()
          .slice(0, 5)
          .map((event) => eventEvidence(event, service)),
        ...(isServed
          ? []
          : [
              {
                source: 'object',
                quote,
                reason: 'NoLoadBalancer',
                facts: { ...(service.spec.loadBalancerClass !== undefined && { class: service.spec.loadBalancerClass }) },
              } satisfies Evidence,
            ]),
      ],
      ...(latest?.lastAt !== undefined && { failedAt: latest.lastAt }),
    },
  ]
}

const isOld = (created: string | undefined, now: string, limit: number) =>
  created === undefined || Date.parse(now) - Date.parse(created) > limit

function withoutEndpoints(index: ClusterIndex, service: Service, now: string): Sighting[] {
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

const matches = ({ metadata }: Pod, selector: Readonly<Record<string, string>>) =>
  Object.entries(selector).every(([key, value]) => metadata?.labels?.[key] === value)
const isReady = ({ status, metadata }: Pod) =>
  metadata?.deletionTimestamp === undefined &&
  status?.conditions?.some(({ type, status: met }) => type === 'Ready' && met === 'True') === true

/** The pod that has most of the labels, and what it has instead of the others. */
function nearest(pods: readonly Pod[], selector: Readonly<Record<string, string>>): string | undefined {
  const entries = Object.entries(selector)
  const scored = pods
    .map((pod) => ({
      pod,
      score: entries.filter(([key, value]) => pod.metadata?.labels?.[key] === value).length,
      alike: entries.filter(
        ([key, value]) => pod.metadata?.labels?.[key] !== undefined && similarTo(value, [pod.metadata.labels[key]]) !== undefined,
      ).length,
    }))
    .filter(({ score, alike }) => score + alike > 0)
    .sort((a, b) => b.score - a.score || b.alike - a.alike)[0]
  if (scored === undefined) return undefined
  const differ = entries
    .filter(([key, value]) => scored.pod.metadata?.labels?.[key] !== value)
    .map(([key]) => `${key}=${scored.pod.metadata?.labels?.[key] ?? '(absent)'}`)
  return differ.length === 0 ? undefined : `pod ${scored.pod.metadata?.name} has ${differ.join(', ')}`
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

/** A port of the Service that leads to a name that no container port has. */
function missingPort(index: ClusterIndex, service: Service): Sighting[] {
  const { namespace, name = '' } = service.metadata ?? {}
  const { selector, ports = [] } = service.spec ?? {}
  if (!selector || Object.keys(selector).length === 0) return []
  const pods = index.pods.filter((pod) => pod.metadata?.namespace === namespace && matches(pod, selector) && isReady(pod))
  if (pods.length === 0) return []
  const offered = [
    ...new Set(
      pods.flatMap(({ spec }) =>
        [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].flatMap((one) =>
          (one.ports ?? []).flatMap((port) => port.name ?? []),
        ),
      ),
    ),
  ]
  const lost = ports.find(
    ({ targetPort }) => typeof targetPort === 'string' && !/^\d+$/.test(targetPort) && !offered.includes(targetPort),
  )
  if (lost === undefined) return []
  const target = String(lost.targetPort)
  return [
    {
      object: service,
      symptom: 'NoEndpoints',
      evidence: [
        {
          source: 'object',
          quote: `Service ${name} leads port ${lost.port} to the container port named ${target}, and its pods name ${offered.length === 0 ? 'none' : offered.join(', ')}`,
          reason: 'NoEndpoints',
          object: { kind: 'Service', name },
          facts: { targetPort: target, port: String(lost.port), offered: offered.join(', ') },
        },
      ],
    },
  ]
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

function unknownServices(index: ClusterIndex): Sighting[] {
  const names = new Map<string, Sighting>()
  for (const event of index.events) {
    const { kind, namespace, name, uid } = event.involved
    if (
      !/^(?:Service|TargetGroupBinding|Gateway)$/.test(kind) ||
      event.type !== 'Warning' ||
      !(ofLoadBalancer.test(event.reason) || /load ?balancer|target group/i.test(event.message))
    )
      continue
    if (index.all(kind).some(({ metadata }) => metadata?.namespace === namespace)) continue
    const object = { kind, metadata: { name, ...(namespace !== undefined && { namespace }), ...(uid !== undefined && { uid }) } }
    const before = names.get(`${kind} ${namespace} ${name}`)
    names.set(`${kind} ${namespace} ${name}`, {
      object,
      symptom: event.reason,
      evidence: [eventEvidence(event, object), ...(before?.evidence ?? [])],
      ...(event.lastAt !== undefined && { failedAt: event.lastAt }),
    })
  }
  return [...names.values()]
}

import { anyOf } from '../../causes/any-of.ts'
import type { Evidence } from '../../evidence.ts'
import type { ClusterIndex } from '../cluster-index.ts'
import { eventEvidence } from '../container-evidence.ts'
import type { Sighting } from '../draft.ts'
import { isOld, type Service } from './service.ts'

const ofLoadBalancer = anyOf([
  /^(?:Sync|Creating|Update|Updating|Deleting|List|Ensure)LoadBalancerFailed$|^LoadBalancerUpdateFailed$/,
  /^(?:FailedDeployModel|FailedBuildModel|FailedReconcile|FailedNetworkReconcile|FailedAddFinalizer|SyncFailed|BackendNotFound)$/,
  /^(?:FailedAllocate|AllocationFailed|UnAvailable\w*|FailedToCreate\w*|FailedToStart\w*)$/,
])

/** A load balancer that cannot be made, or that nobody makes. */
export function loadBalancer(index: ClusterIndex, service: Service, now: string): Sighting[] {
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

/** What is left of Services that the snapshot lacks: their events. */
export function unknownServices(index: ClusterIndex): Sighting[] {
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

import type { Evidence } from '../evidence.ts'
import type { Condition, KubernetesObject } from '../kubernetes.ts'
import type { Observation } from '../observation.ts'
import { utc } from './cluster-event.ts'
import type { ClusterIndex } from './cluster-index.ts'
import { conditionEvidence, eventEvidence } from './container-evidence.ts'
import { toObservations, type Sighting } from './draft.ts'
import type { ObserveOptions } from './observer.ts'

interface Autoscaler extends KubernetesObject {
  readonly spec?: {
    readonly scaleTargetRef?: { readonly kind?: string; readonly name?: string }
    readonly metrics?: readonly { readonly type?: string; readonly resource?: { readonly name?: string } }[]
  }
  readonly status?: { readonly conditions?: readonly Condition[] }
}

const failing =
  /^Failed(?!Rescale|UpdateStatus)\w*|^InvalidMetricSourceType$|^InvalidSelector$|^SelectorRequired$|^KEDAScalerFailed$|^ScaledObjectCheckFailed$/

/** Metrics of pods that have just started come with a delay of a minute or two. */
const grace = 3 * 60_000

/** Finds autoscalers that cannot read their metrics or their target. */
export function observeAutoscalers(index: ClusterIndex, options: ObserveOptions): Observation[] {
  const known = ([...index.all('HorizontalPodAutoscaler'), ...index.all('ScaledObject')] as readonly Autoscaler[]).flatMap(
    (object) => knownAutoscaler(index, object, options.now),
  )
  return toObservations(index, options, [...known, ...unknownAutoscalers(index)])
}

function knownAutoscaler(index: ClusterIndex, object: Autoscaler, now: string): Sighting[] {
  const { metadata, status, spec } = object
  const conditions = status?.conditions ?? []
  const wrong = conditions.filter(
    ({ type, status: met, reason = '' }) =>
      met === 'False' &&
      (type === 'ScalingActive' || type === 'AbleToScale') &&
      reason !== 'ScalingDisabled' &&
      !/Backoff|Stabilized/.test(reason),
  )
  const events = index
    .eventsOf(object.kind ?? '', metadata?.namespace, metadata?.name ?? '', metadata?.uid)
    .filter(({ type, reason }) => type === 'Warning' && failing.test(reason))
  const isWell = conditions.some(({ type, status: met }) => type === 'ScalingActive' && met === 'True')
  if (wrong.length === 0 && (isWell || events.length === 0)) return []
  if (conditions.some(({ reason }) => reason === 'ScalingDisabled')) return []
  const since = utc(wrong[0]?.lastTransitionTime) ?? events[0]?.firstAt
  const isYoung = since !== undefined && Date.parse(now) - Date.parse(since) < grace
  if (
    isYoung &&
    /did not receive metrics for|no metrics returned from resource metrics|pods might be unready|no recommendation/i.test(
      `${wrong[0]?.message} ${events.at(-1)?.message}`,
    )
  )
    return []
  const { kind = '', name = '' } = spec?.scaleTargetRef ?? {}
  const target: Evidence[] =
    name === ''
      ? []
      : [
          {
            source: 'object',
            quote: `scales ${kind} ${name}`,
            reason: 'ScaleTarget',
            object: { kind, name },
            facts: {
              target: `${kind}/${name}`,
              ...(spec?.metrics && {
                metrics: spec.metrics.map((metric) => metric.resource?.name ?? metric.type ?? '').join(', '),
              }),
            },
          },
        ]
  const stated = wrong.map((condition) => conditionEvidence(condition))
  return [
    {
      object,
      symptom: wrong[0]?.reason ?? events.at(-1)?.reason ?? 'ScalingInactive',
      evidence: [
        ...stated,
        ...events
          .toReversed()
          .slice(0, 5)
          .map((event) => eventEvidence(event, object)),
        ...target,
      ],
      ...(since !== undefined && { failedAt: since }),
    },
  ]
}

function unknownAutoscalers(index: ClusterIndex): Sighting[] {
  const names = new Map<string, Sighting>()
  for (const event of index.events) {
    const { kind, namespace, name, uid } = event.involved
    if (!/^(?:HorizontalPodAutoscaler|ScaledObject)$/.test(kind) || event.type !== 'Warning' || !failing.test(event.reason))
      continue
    if (index.all(kind).some(({ metadata }) => metadata?.namespace === namespace)) continue
    const object = { kind, metadata: { name, ...(namespace !== undefined && { namespace }), ...(uid !== undefined && { uid }) } }
    const known = names.get(`${namespace} ${name}`)
    names.set(`${namespace} ${name}`, {
      object,
      symptom: event.reason,
      evidence: [eventEvidence(event, object), ...(known?.evidence ?? [])],
      ...(event.lastAt !== undefined && { failedAt: event.lastAt }),
    })
  }
  return [...names.values()]
}

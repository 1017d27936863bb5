import type { Evidence } from '../../evidence.ts'
import type { KubernetesObject } from '../../kubernetes.ts'
import { utc } from '../cluster-event.ts'
import type { ClusterIndex } from '../cluster-index.ts'
import type { Sighting } from '../draft.ts'
import { conditionsOf, isOf, type Controller } from './controller.ts'

/** Rollouts that have passed their deadline. */
export function stalls(index: ClusterIndex): Sighting[] {
  return index.all('Deployment').flatMap((object): Sighting[] => {
    const { status, spec } = object as Controller
    const progress = status?.conditions?.find(
      ({ type, status: met, reason }) => type === 'Progressing' && met === 'False' && reason === 'ProgressDeadlineExceeded',
    )
    if (progress === undefined || spec?.replicas === 0 || object.metadata?.deletionTimestamp !== undefined) return []
    const at = utc(progress.lastTransitionTime)
    const { replicas = 0, readyReplicas = 0 } = status ?? {}
    return [
      {
        object,
        workload: { kind: 'Deployment', name: object.metadata?.name ?? '' },
        symptom: 'ProgressDeadlineExceeded',
        evidence: [
          ...conditionsOf(object),
          ...gatesOf(index, object),
          {
            source: 'object',
            quote: `${readyReplicas} of ${spec?.replicas ?? replicas} replicas are ready`,
            reason: 'Replicas',
            facts: { ready: String(readyReplicas), wanted: String(spec?.replicas ?? replicas) },
          },
        ],
        ...(at !== undefined && { failedAt: at }),
      },
    ]
  })
}

/** Conditions that others must set before a pod counts as ready. */
function gatesOf(index: ClusterIndex, object: KubernetesObject): Evidence[] {
  const pods = index.pods.filter((pod) => isOf(index, pod, object))
  const gates = pods.flatMap((pod) => {
    const wanted = (
      (pod.spec as { readinessGates?: readonly { readonly conditionType?: string }[] } | undefined)?.readinessGates ?? []
    ).flatMap(({ conditionType }) => conditionType ?? [])
    return wanted.filter(
      (gate) => pod.status?.conditions?.some(({ type, status }) => type === gate && status === 'True') !== true,
    )
  })
  const unset = [...new Set(gates)]
  if (unset.length === 0) return []
  return [
    {
      source: 'object',
      quote: `readiness gate ${unset.join(', ')} is not set on ${pods.length} pods`,
      reason: 'ReadinessGate',
      facts: { gate: unset.join(', ') },
    },
  ]
}

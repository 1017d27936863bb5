import type { Remedy } from '../../diagnosis.ts'
import type { Case } from '../cause.ts'

const fullGroup = /max node group size reached|max limit reached/

/** What the cluster autoscaler said last of the pod, and what Karpenter did. */
const saidOf = ({ observation }: Case) => {
  const events = observation.evidence.flatMap((piece) => (piece.source === 'event' ? [piece] : []))
  return {
    cluster: events.findLast(({ reason }) => reason === 'NotTriggerScaleUp')?.quote,
    karpenter: events.findLast(({ quote }) => /incompatible with (?:nodepool|provisioner)|did not tolerate taint/.test(quote))
      ?.quote,
  }
}

/** Why the autoscaler adds no node, where there is one and it said so. */
export function autoscalerSays(given: Case): string {
  const { cluster, karpenter } = saidOf(given)
  if (karpenter !== undefined && karpenter !== given.quote)
    return ` Karpenter makes no node for it either: ${karpenter.length > 240 ? `${karpenter.slice(0, 237)}...` : karpenter}.`
  if (cluster === undefined) return ''
  if (fullGroup.test(cluster))
    return ' The cluster autoscaler adds no node, because the node groups that could take the pod have reached their maximum size.'
  if (/max cluster/.test(cluster))
    return ' The cluster autoscaler adds no node, because the cluster has reached its limit of size.'
  if (/in backoff/.test(cluster))
    return ' The cluster autoscaler could not enlarge a node group a moment ago (a quota or no capacity at the cloud), and waits before it tries again.'
  return ' The cluster autoscaler has looked, and says that a new node would not help.'
}

/** How to get the autoscaler to add a node, where it said what keeps it from that. */
export function autoscalerRemedies(given: Case): readonly Remedy[] {
  const { cluster, karpenter } = saidOf(given)
  if (karpenter !== undefined)
    return [
      {
        text: "Compare the pod with what Karpenter's pools allow: requirements, taints, limits.",
        command: `kubectl get nodepools -o yaml | grep -A 30 -E 'requirements:|taints:|limits:'`,
      },
    ]
  if (cluster !== undefined && (fullGroup.test(cluster) || /max cluster|in backoff/.test(cluster)))
    return [
      {
        text: 'See the sizes and limits of the node groups as the autoscaler knows them, and raise the maximum (or the quota at the cloud).',
        command: `kubectl get configmap cluster-autoscaler-status -n kube-system -o jsonpath='{.data.status}'`,
      },
    ]
  return []
}

import type { ClusterEvent } from '../cluster-event.ts'

/** How long an ordered node may take before the pod counts as left alone. */
const patience = 10 * 60_000
/** For this long nothing is said of a pod whose node is ordered. */
const quiet = 30_000

/** Whether an autoscaler sees to a pod that waits: not, just now (and nothing need be said), or since some time. */
export type Serving = 'no' | 'just now' | { readonly since: string }

/** What the autoscalers said last of a pod: the cluster autoscaler orders nodes, Karpenter nominates them. */
export function servingOf(events: readonly ClusterEvent[], now: string): Serving {
  const said = events.filter(({ reason }) => /^(?:TriggeredScaleUp|NotTriggerScaleUp|Nominated|FailedScaleUp)$/.test(reason))
  const latest = said.at(-1)
  if (latest === undefined || !/^(?:TriggeredScaleUp|Nominated)$/.test(latest.reason) || latest.lastAt === undefined) return 'no'
  if (Date.parse(now) - Date.parse(latest.lastAt) >= patience) return 'no'
  const since = latest.firstAt ?? latest.lastAt
  return Date.parse(now) - Date.parse(since) < quiet ? 'just now' : { since }
}

/** Says what an autoscaler did, or why it does nothing. */
export const isOfAutoscaler = ({ reason }: ClusterEvent): boolean =>
  /^(?:TriggeredScaleUp|NotTriggerScaleUp|Nominated|FailedScaleUp)$/.test(reason)

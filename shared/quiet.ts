import { isSilent } from './cluster-silence.ts'
import type { Heartbeat } from './events.ts'
import type { IncidentSummary } from './summary.ts'

/** A crash loop waits up to five minutes between two failures; the cluster must have been silent about it for twice that. */
const settled = 10 * 60_000
/** Forwarders repeat what still fails each hour. */
const forgotten = 150 * 60_000

/**
 * Says why an open incident counts as over, though no recovery was reported: its cluster is live and no longer counts it as
 * failing, or has not spoken of it for long. Undefined where it does not.
 */
export function whyQuiet({ id, lastSeenAt }: IncidentSummary, heartbeat: Heartbeat | undefined, now: string): string | undefined {
  if (heartbeat === undefined || isSilent(heartbeat, now)) return undefined
  const since = Date.parse(heartbeat.at) - Date.parse(lastSeenAt)
  if (heartbeat.failing?.includes(id)) return undefined
  if (heartbeat.failing !== undefined || heartbeat.counts.failing === 0)
    return since >= settled ? 'the cluster no longer counts it as failing' : undefined
  return since >= forgotten
    ? `nothing was heard of it for ${Math.round(since / 60_000)} minutes, while its cluster speaks`
    : undefined
}

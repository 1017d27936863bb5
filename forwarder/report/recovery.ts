import type { Recovery } from '../../shared/events.ts'
import { storedKinds, type ClusterState } from '../state/cluster-state.ts'
import type { Reported } from './reported.ts'
import { createHash } from 'node:crypto'

export interface Health {
  readonly well: boolean
  readonly reason: Recovery['reason']
}

/** Whether a workload or object is as it should be now: every replica wanted is ready, or it is done, or gone. */
export function healthOf(state: ClusterState, key: string): Health {
  const kind = key.slice(0, key.indexOf('/'))
  const pods = state.pods.ofRoot(key)
  const standing = state.standing(key)
  if (storedKinds.has(kind)) {
    if (standing === undefined) return { well: pods.length === 0, reason: 'deleted' }
    return { well: standing.well, reason: standing.done === true ? 'completed' : 'ready' }
  }
  if (pods.length === 0) return { well: true, reason: 'deleted' }
  return { well: pods.every(({ glance }) => glance.trouble !== 'unsettled'), reason: 'ready' }
}

/** The kubelet doubles its back-off from 10 s up to 5 minutes. */
const backOffOf = (restarts: number) => (restarts === 0 ? 0 : Math.min(300_000, 10_000 * 2 ** Math.min(restarts - 1, 5)))

/**
 * When a recovery may be told: when all has been quiet for the hold, and each container that was restarted has run for longer than the
 * back-off it came from, since a crash loop runs between its crashes. A new revision does not carry on the back-off of the old one.
 */
export function recoveredAt(
  state: ClusterState,
  key: string,
  reported: Pick<Reported, 'revision' | 'restarts' | 'toldAt'>,
  clearSince: number,
  { hold, goneHold }: Holds,
  reason: Recovery['reason'],
): number {
  if (reason === 'deleted' || reason === 'superseded') return clearSince + goneHold
  const runs = state.pods
    .ofRoot(key)
    .filter(({ restarts }) => restarts > 0)
    .map(({ restarts, startedAt }) => startedAt + backOffOf(restarts) + hold)
  const revision = revisionOf(state, key)
  const isNew = revision !== undefined && reported.revision !== undefined && revision !== reported.revision
  const told = isNew || reason === 'completed' ? 0 : reported.toldAt + backOffOf(reported.restarts) + hold
  return Math.max(clearSince + hold, told, ...runs)
}

/** The revision that serves now; undefined while there are several. */
function revisionOf(state: ClusterState, key: string): string | undefined {
  const revisions = new Set(state.pods.ofRoot(key).flatMap(({ revision }) => revision ?? []))
  return revisions.size === 1 ? [...revisions][0] : undefined
}

export interface Holds {
  readonly hold: number
  readonly goneHold: number
}

/** The event that says that a failure is over. */
export function recoveryOf(
  state: ClusterState,
  key: string,
  { subject, identity, failedAt, ids, ...reported }: Reported,
  reason: Recovery['reason'],
  at: string,
): Recovery {
  const revision = revisionOf(state, key) ?? reported.revision
  const { namespace, container, workload = { kind: subject.kind, name: subject.name } } = subject
  return {
    schema: 1,
    // Equal for two forwarders that saw the same end of the same failure.
    id: `rec_${createHash('sha256')
      .update(JSON.stringify([identity, failedAt ?? '', ids.at(-1) ?? '', reason]))
      .digest('hex')
      .slice(0, 24)}`,
    cluster: subject.cluster,
    ...(namespace !== undefined && { namespace }),
    workload,
    // Without a container it would end those of the containers too.
    ...(reason === 'superseded' ? { container: '' } : container !== undefined && { container }),
    at,
    ...(revision !== undefined && { revision }),
    reason,
  }
}

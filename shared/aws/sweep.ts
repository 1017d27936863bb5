import { diagnosisOfSilence, isSilent, observationOfSilence, recoveryOfSilence } from '../cluster-silence.ts'
import { identityOf } from '../incident.ts'
import { whyQuiet } from '../quiet.ts'
import type { IncidentSummary } from '../summary.ts'
import { applyFact, applyRecovery, type Store } from './apply.ts'
import { listIncidents } from './lists.ts'
import { listClusters, markSilent, type ClusterRecord } from './clusters.ts'
import { dueGroups } from './groups.ts'
import { tellGroup, type Desk, type Told } from './tell-group.ts'

export interface Sweeping {
  readonly store: Store
  readonly desk: Desk
  /** Told of what failed; the rest of the sweep goes on. */
  readonly failed: (what: string, error: unknown) => void
}

export interface Swept {
  readonly clusters: { readonly live: number; readonly silent: number }
  /** Clusters that have become silent. */
  readonly silent: readonly string[]
  /** Incidents that were closed. */
  readonly closed: readonly string[]
  readonly told: readonly Told[]
}

/** What no event starts: notices silent clusters, closes what went quiet, sends what is due. */
export async function sweep({ store, desk, failed }: Sweeping, now: string): Promise<Swept> {
  const clusters = await listClusters(store.table, now)
  const quiet = clusters.filter(({ heartbeat }) => isSilent(heartbeat, now))
  const attempt = async <T>(what: string, act: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await act()
    } catch (error) {
      failed(what, error)
      return undefined
    }
  }
  const silent: string[] = []
  for (const record of quiet.filter(({ silentSince }) => silentSince === undefined)) {
    const { cluster } = record.heartbeat
    const noticed = await attempt(`notice that cluster ${cluster} is silent`, () => noticeSilence(store, record, now))
    if (noticed === true) silent.push(cluster)
  }
  const closed: string[] = []
  for await (const incident of openIncidents(store, now)) {
    const record = clusters.find(({ heartbeat }) => heartbeat.cluster === incident.cluster)
    const over = await attempt(`close incident ${incident.id}`, () => closeIfOver(store, incident, record, now))
    if (over === true) closed.push(incident.id)
  }
  const told: Told[] = []
  for (const key of await dueGroups(store.table, now)) {
    const one = await attempt(`tell of group ${key}`, () => tellGroup(desk, key, now))
    if (one !== undefined) told.push(one)
  }
  return { clusters: { live: clusters.length - quiet.length, silent: quiet.length }, silent, closed, told }
}

/** The incident first and the mark after it: a crash between them is repaired by the next sweep. */
async function noticeSilence(store: Store, record: ClusterRecord, now: string): Promise<boolean> {
  const observation = observationOfSilence(record.heartbeat, now)
  const diagnosis = diagnosisOfSilence(observation)
  await applyFact(store, identityOf(observation.subject), { kind: 'observed', observation, diagnosis }, now)
  return markSilent(store.table, record, now, store.retentionDays)
}

async function closeIfOver(
  store: Store,
  incident: IncidentSummary,
  record: ClusterRecord | undefined,
  now: string,
): Promise<boolean> {
  if (incident.subject.kind === 'Cluster') {
    if (record === undefined || isSilent(record.heartbeat, now)) return false
    const applied = await applyRecovery(store, recoveryOfSilence(record.heartbeat), now)
    return applied.some(({ change }) => change === 'resolved')
  }
  const text = whyQuiet(incident, record?.heartbeat, now)
  if (text === undefined) return false
  const { change } = await applyFact(store, incident.id, { kind: 'quiet', at: now, text }, now)
  return change === 'resolved'
}

async function* openIncidents({ table }: Store, now: string): AsyncGenerator<IncidentSummary> {
  let cursor: string | undefined
  do {
    const page = await listIncidents(table, { status: ['open', 'acknowledged'] }, { limit: 200, cursor, now })
    yield* page.items
    cursor = page.cursor
  } while (cursor !== undefined)
}

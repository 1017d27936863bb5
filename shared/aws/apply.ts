import { announcementOf, fold, type Fact, type Folded } from '../fold.ts'
import type { IncidentChange, Recovery } from '../events.ts'
import type { Incident } from '../incident.ts'
import { announce, type Bus } from './bus.ts'
import { loadIncident, saveIncident } from './incidents.ts'
import { saveDayRows } from './day-rows.ts'
import { joinGroup } from './groups.ts'
import { incidentsOfRecovery, linkIncident, recoveriesOf, saveRecovery } from './workloads.ts'
import { ConflictError, type Table } from './table.ts'

/** Where incidents are kept, and where their changes are announced. */
export interface Store {
  readonly table: Table
  readonly bus: Bus
  readonly retentionDays: number
}

export interface Applied extends Folded {
  /** Saves that lost against another writer and were made again. */
  readonly conflicts: number
}

/** With 20 writers on one incident, each of which wins once, the last needs about that many attempts at worst. */
const mostAttempts = 25

/**
 * Folds a fact into the stored incident and announces what changed. The announcement follows the save; where it fails, the
 * fact is delivered again, is found to be known, and is announced then.
 */
export async function applyFact(store: Store, id: string, fact: Fact, now: string): Promise<Applied> {
  for (let conflicts = 0; ; conflicts++) {
    const before = await loadIncident(store.table, id, now)
    const folded = fold(before, fact)
    const { incident } = folded
    if (incident === undefined) return { ...folded, conflicts }
    if (incident === before) {
      await announceAgain(store, incident, fact, now)
      return { ...folded, conflicts }
    }
    try {
      if (before === undefined) await linkIncident(store.table, incident, store.retentionDays)
      const saved = await saveIncident(store.table, incident, store.retentionDays)
      if (folded.change !== undefined) await publish(store, saved, folded.change, folded.reason, now)
      if (before === undefined) await applyEarlierRecoveries(store, saved, now)
      return { ...folded, incident: saved, conflicts }
    } catch (error) {
      if (!(error instanceof ConflictError) || conflicts + 1 >= mostAttempts) throw error
      await pause(conflicts)
    }
  }
}

/** Ends the incidents of a workload's recovery, and remembers it for failures that happened before it and arrive after it. */
export async function applyRecovery(store: Store, recovery: Recovery, now: string): Promise<Applied[]> {
  await saveRecovery(store.table, recovery)
  const ids = await incidentsOfRecovery(store.table, recovery)
  return Promise.all(ids.map((id) => applyFact(store, id, { kind: 'recovered', recovery }, now)))
}

async function publish(store: Store, incident: Incident, change: IncidentChange, reason: string, now: string): Promise<void> {
  const { table, bus, retentionDays } = store
  if (incident.status !== 'resolved') await joinGroup(table, incident, now)
  await saveDayRows(table, incident, retentionDays)
  await announce(bus, { schema: 1, change, reason, incident })
}

async function announceAgain(store: Store, incident: Incident, fact: Fact, now: string): Promise<void> {
  const announcement = announcementOf(incident, fact)
  if (announcement === undefined) return
  await publish(store, incident, announcement.change, announcement.reason, now)
  if (announcement.change === 'opened') await applyEarlierRecoveries(store, incident, now)
}

async function applyEarlierRecoveries(store: Store, incident: Incident, now: string): Promise<void> {
  for (const recovery of await recoveriesOf(store.table, incident)) {
    await applyFact(store, incident.id, { kind: 'recovered', recovery }, now)
  }
}

/** Full jitter: writers that met once should not meet again. */
const pause = (conflicts: number) =>
  new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(500, 10 * 2 ** conflicts)))

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { clusterRecord, listClusters, markSilent, saveHeartbeat } from '../../../shared/aws/clusters.ts'
import { listDayRows, saveDayRows } from '../../../shared/aws/day-rows.ts'
import { dueGroups, joinGroup, leaveGroup, loadGroup, saveGroup } from '../../../shared/aws/groups.ts'
import { loadIncident, loadIncidents, saveIncident } from '../../../shared/aws/incidents.ts'
import { listIncidents, type IncidentFilters } from '../../../shared/aws/lists.ts'
import { deleteSilence, listSilences, saveSilence } from '../../../shared/aws/silences.ts'
import { ConflictError, type Table } from '../../../shared/aws/table.ts'
import { incidentsOfRecovery, linkIncident, recoveriesOf, saveRecovery } from '../../../shared/aws/workloads.ts'
import { newGroup } from '../../../shared/group.ts'
import type { Heartbeat } from '../../../shared/events.ts'
import type { Incident } from '../../../shared/incident.ts'
import { summaryOf } from '../../../shared/summary.ts'
import { tableShape } from '../../../shared/table.ts'
import { at, incidentOf, recoveryOf } from '../../samples.ts'
import { startTable, type TestTable } from '../../table.ts'

let store: TestTable
let table: Table
beforeAll(async () => {
  store = await startTable()
  table = store.table
})
afterAll(() => store.close())

const retention = 90
const beatOf = (cluster: string, minute: number): Heartbeat => ({
  schema: 1,
  cluster,
  at: at(minute),
  kubernetesVersion: 'v1.34.1',
  forwarderVersion: '0.1.0',
  counts: { nodes: 1, pods: 1, failing: 0 },
  dropped: {},
})

async function pagesOf(filters: IncidentFilters, limit: number): Promise<Incident['id'][]> {
  const ids: string[] = []
  let cursor: string | undefined
  do {
    const page = await listIncidents(table, filters, { limit, cursor, now: at(0) })
    ids.push(...page.items.map(({ id }) => id))
    cursor = page.cursor
  } while (cursor !== undefined)
  return ids
}

describe('store', () => {
  it('gives an incident back as it was saved', async () => {
    const incident = incidentOf({ workload: 'kept' })
    const saved = await saveIncident(table, incident, retention)
    expect(saved).toEqual({ ...incident, revision: 1 })
    expect(await loadIncident(table, incident.id, at(1))).toEqual(saved)
    expect(await loadIncident(table, 'inc_none', at(1))).toBeUndefined()
  })

  it('refuses a save from a revision that is no longer the last', async () => {
    const incident = incidentOf({ workload: 'raced' })
    const saved = await saveIncident(table, incident, retention)
    await expect(saveIncident(table, incident, retention)).rejects.toThrow(ConflictError)
    await saveIncident(table, saved, retention)
    await expect(saveIncident(table, saved, retention)).rejects.toThrow(`incident ${incident.id} was saved by another writer`)
  })

  it('passes over what has expired, also in lists', async () => {
    const incident = incidentOf({ workload: 'expired', cluster: 'expired' })
    await saveIncident(table, incident, 1)
    expect(await loadIncident(table, incident.id, at(60))).toBeDefined()
    expect(await loadIncident(table, incident.id, at(1441))).toBeUndefined()
    expect((await listIncidents(table, { cluster: 'expired' }, { limit: 10, now: at(60) })).items).toHaveLength(1)
    expect((await listIncidents(table, { cluster: 'expired' }, { limit: 10, now: at(1441) })).items).toEqual([])
  })

  it('reads many incidents at once', async () => {
    const incidents = Array.from({ length: 130 }, (_, i) => incidentOf({ workload: `many-${i}`, cluster: 'many' }))
    for (const incident of incidents) await saveIncident(table, incident, retention)
    const found = await loadIncidents(table, [...incidents.map(({ id }) => id), 'inc_none'], at(1))
    expect(found.map(({ id }) => id).sort()).toEqual(incidents.map(({ id }) => id).sort())
  })

  it('lists incidents of many clusters in one order, whatever the page', async () => {
    const incidents = Array.from({ length: 120 }, (_, i) =>
      incidentOf(
        { workload: `paged-${i}`, cluster: `paged-${i % 17}`, minute: 10_000 + ((i * 37) % 120) },
        { cause: i % 3 === 0 ? 'Rare' : 'Frequent' },
      ),
    )
    for (const incident of incidents) await saveIncident(table, incident, retention)
    const newest = (wanted: (incident: Incident) => boolean) =>
      incidents
        .filter(wanted)
        .sort((a, b) => b.changedAt.localeCompare(a.changedAt))
        .map(({ id }) => id)
    const since = at(10_000)
    for (const limit of [1, 7, 50, 200]) expect(await pagesOf({ since }, limit)).toEqual(newest(() => true))
    for (const limit of [3, 50]) {
      expect(await pagesOf({ since, cause: 'Rare' }, limit)).toEqual(newest(({ cause }) => cause === 'Rare'))
      expect(await pagesOf({ since, status: ['open'] }, limit)).toEqual(newest(() => true))
      expect(await pagesOf({ cluster: 'paged-5' }, limit)).toEqual(newest(({ cluster }) => cluster === 'paged-5'))
      expect(await pagesOf({ since, workload: 'paged-42' }, limit)).toEqual(
        newest(({ subject }) => subject.workload?.name === 'paged-42'),
      )
    }
    const [first] = (await listIncidents(table, { since, workload: 'paged-42' }, { limit: 1, now: at(0) })).items
    expect(first).toEqual(summaryOf(incidents[42] as Incident))
  })

  it('leaves the list of what is open when an incident is resolved, and moves on by its cause', async () => {
    const incident = incidentOf({ workload: 'moved', cluster: 'moved' }, { cause: 'Before' })
    const saved = await saveIncident(table, incident, retention)
    await saveIncident(table, { ...saved, status: 'resolved', cause: 'After', changedAt: at(5), resolvedAt: at(5) }, retention)
    const listed = async (filters: IncidentFilters) => (await pagesOf({ cluster: 'moved', ...filters }, 10)).length
    expect(
      await Promise.all([
        listed({ status: ['open'] }),
        listed({ status: ['resolved'] }),
        listed({ cause: 'Before' }),
        listed({ cause: 'After' }),
      ]),
    ).toEqual([0, 1, 0, 1])
    expect((await pagesOf({ cause: 'Before' }, 10)).length).toBe(0)
  })

  it('finds the incidents of a recovery, and the recovery of an incident', async () => {
    const incident = incidentOf({ workload: 'linked' })
    await linkIncident(table, incident, retention)
    const recovery = recoveryOf({ workload: 'linked', minute: 5 })
    expect(await incidentsOfRecovery(table, recovery)).toEqual([incident.id])
    expect(await incidentsOfRecovery(table, { ...recovery, container: 'proxy' })).toEqual([])
    expect(await incidentsOfRecovery(table, { ...recovery, namespace: 'other' })).toEqual([])
    await saveRecovery(table, recovery)
    await saveRecovery(table, recoveryOf({ workload: 'linked', minute: 3 }))
    expect(await recoveriesOf(table, incident)).toEqual([recovery])
  })

  it('keeps the newest heartbeat, and whether the cluster has been silent', async () => {
    expect(await saveHeartbeat(table, beatOf('beating', 5), retention)).toBeUndefined()
    expect(await saveHeartbeat(table, beatOf('beating', 4), retention)).toBeUndefined()
    const record = { heartbeat: beatOf('beating', 5) }
    expect(await listClusters(table, at(6))).toEqual([record])
    expect(await markSilent(table, { heartbeat: beatOf('beating', 4) }, at(20), retention)).toBe(false)
    expect(await markSilent(table, record, at(20), retention)).toBe(true)
    expect(clusterRecord.parse(await saveHeartbeat(table, beatOf('beating', 21), retention)).silentSince).toBe(at(20))
    expect(await listClusters(table, at(22))).toEqual([{ heartbeat: beatOf('beating', 21) }])
  })

  it('keeps what was told of a group, its members, and when it is due', async () => {
    const incident = incidentOf({ workload: 'grouped' })
    const empty = newGroup(incident)
    expect(await loadGroup(table, empty.key, at(0))).toEqual({ members: [] })
    await joinGroup(table, incident, at(0))
    const saved = await saveGroup(table, { ...empty, dueAt: at(10) }, at(0))
    await expect(saveGroup(table, empty, at(0))).rejects.toThrow(ConflictError)
    expect(await loadGroup(table, empty.key, at(0))).toEqual({
      group: { ...saved, members: [incident.id] },
      members: [incident.id],
    })
    expect(await dueGroups(table, at(9))).not.toContain(empty.key)
    expect(await dueGroups(table, at(10))).toContain(empty.key)
    const { dueAt: _due, ...done } = saved
    await saveGroup(table, done, at(11))
    await leaveGroup(table, empty.key, [incident.id])
    expect(await dueGroups(table, at(12))).not.toContain(empty.key)
    expect((await loadGroup(table, empty.key, at(12))).members).toEqual([])
  })

  it('keeps silences until they end', async () => {
    const silence = {
      id: 'sil_1',
      matchers: [{ field: 'cause' as const, value: 'x' }],
      by: 'ada',
      comment: 'c',
      createdAt: at(0),
      startsAt: at(0),
      endsAt: at(10),
    }
    await saveSilence(table, silence)
    expect(await listSilences(table, at(9))).toEqual([silence])
    expect(await listSilences(table, at(10))).toEqual([])
    expect(await deleteSilence(table, 'sil_1')).toBe(true)
    expect(await deleteSilence(table, 'sil_1')).toBe(false)
  })

  it('counts an incident once a day, however often it is counted', async () => {
    const incident = incidentOf({ workload: 'counted', cluster: 'counted' })
    await saveDayRows(table, incident, retention)
    await saveDayRows(table, incident, retention)
    expect(await listDayRows(table, at(0), at(0), 'counted')).toEqual(
      [
        {
          id: incident.id,
          day: '2026-11-25',
          cluster: 'counted',
          namespace: 'shop',
          workload: 'Deployment/checkout',
          cause: 'ImageTagNotFound',
          family: 'image',
          opened: 1,
          resolved: 0,
          secondsToResolve: 0,
        },
      ].map((row) => ({ ...row, workload: 'Deployment/counted' })),
    )
  })

  it('needs no more than four indexes', () => {
    expect(tableShape.indexes.map(({ name }) => name)).toEqual(['recent', 'cluster', 'cause', 'live'])
  })
})

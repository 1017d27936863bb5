import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { applyFact, type Store } from '../../shared/aws/apply.ts'
import { connectBus } from '../../shared/aws/bus.ts'
import { saveHeartbeat } from '../../shared/aws/clusters.ts'
import { loadIncident } from '../../shared/aws/incidents.ts'
import { sweep, type Sweeping } from '../../shared/aws/sweep.ts'
import { tellIncident, type Channel } from '../../shared/aws/tell-group.ts'
import { forwarderSource, type Heartbeat } from '../../shared/events.ts'
import { identityOf } from '../../shared/incident.ts'
import type { Notification } from '../../shared/notification.ts'
import { at, diagnosisOf, observationOf } from '../samples.ts'
import { context, deliver, envelopeOf, startHost, type Host } from './host.ts'

let host: Host
let store: Store
let sweeping: Sweeping
const sent: Notification[] = []
const failures: string[] = []
beforeAll(async () => {
  host = await startHost()
  store = { table: host.store.table, bus: connectBus('kulprit', { endpoint: host.aws.url }), retentionDays: 3650 }
  const channel: Channel = { name: 'kept', send: async (notification) => void sent.push(notification) }
  sweeping = { store, desk: { table: store.table, channels: [channel] }, failed: (what) => void failures.push(what) }
})
afterAll(async () => {
  store.bus.client.destroy()
  await host.close()
})
beforeEach(() => {
  sent.length = 0
  failures.length = 0
})

async function fail(given: NonNullable<Parameters<typeof observationOf>[0]>, now = at(given.minute ?? 0)): Promise<string> {
  const observation = observationOf(given)
  const id = identityOf(observation.subject)
  await applyFact(store, id, { kind: 'observed', observation, diagnosis: diagnosisOf(observation) }, now)
  return id
}
const beat = (cluster: string, minute: number, more: Partial<Heartbeat> = {}) =>
  saveHeartbeat(
    store.table,
    {
      schema: 1,
      cluster,
      at: at(minute),
      kubernetesVersion: 'v1.34.1',
      forwarderVersion: '0.1.0',
      counts: { nodes: 3, pods: 40, failing: 1 },
      dropped: {},
      ...more,
    },
    3650,
  )
const statusOf = async (id: string) => (await loadIncident(store.table, id, at(0)))?.status

describe('sweep', () => {
  it('closes what a live cluster no longer counts as failing, after a while', async () => {
    const [gone, still] = [
      await fail({ cluster: 'listing', workload: 'gone' }),
      await fail({ cluster: 'listing', workload: 'still' }),
    ]
    await beat('listing', 8, { failing: [still] })
    expect((await sweep(sweeping, at(8))).closed).toEqual([])
    await beat('listing', 11, { failing: [still] })
    expect((await sweep(sweeping, at(11))).closed).toEqual([gone])
    expect([await statusOf(gone), await statusOf(still)]).toEqual(['resolved', 'open'])
    await beat('listing', 600, { failing: [still] })
  })

  it('closes what a live cluster has not spoken of for long, where it does not list what fails', async () => {
    const id = await fail({ cluster: 'counting' })
    await beat('counting', 120)
    expect((await sweep(sweeping, at(120))).closed).toEqual([])
    await beat('counting', 151)
    expect((await sweep(sweeping, at(151))).closed).toEqual([id])
    await beat('counting', 600)
  })

  it('closes nothing on a cluster that is silent or was never heard', async () => {
    const [silent, unheard] = [await fail({ cluster: 'mute' }), await fail({ cluster: 'unheard' })]
    await beat('mute', 1, { failing: [] })
    expect((await sweep(sweeping, at(300))).closed).not.toContain(silent)
    expect([await statusOf(silent), await statusOf(unheard)]).toEqual(['open', 'open'])
  })

  it('notices a silent cluster once, and when it speaks again', async () => {
    await beat('quiet', 600)
    expect((await sweep(sweeping, at(604))).silent).not.toContain('quiet')
    expect((await sweep(sweeping, at(606))).silent).toContain('quiet')
    expect((await sweep(sweeping, at(607))).silent).not.toContain('quiet')
    const id = identityOf({ cluster: 'quiet', kind: 'Cluster', name: 'quiet' })
    const incident = await loadIncident(store.table, id, at(0))
    expect(incident).toMatchObject({ status: 'open', cause: 'ClusterSilent', severity: 'critical', occurrences: 1 })
    await beat('quiet', 620)
    expect((await sweep(sweeping, at(620))).closed).toContain(id)
    expect(await statusOf(id)).toBe('resolved')
  })

  it('ends a silence by the very heartbeat', async () => {
    await beat('back', 700)
    await sweep(sweeping, at(710))
    const id = identityOf({ cluster: 'back', kind: 'Cluster', name: 'back' })
    expect(await statusOf(id)).toBe('open')
    const { handler } = await import('../../functions/diagnose.ts')
    const detail = {
      schema: 1,
      cluster: 'back',
      at: at(711),
      kubernetesVersion: 'v1',
      forwarderVersion: '1',
      counts: { nodes: 1, pods: 1, failing: 0 },
      dropped: {},
    }
    expect(await deliver(handler, [envelopeOf(forwarderSource('back'), 'Cluster Heartbeat', detail)])).toEqual([])
    expect(await statusOf(id)).toBe('resolved')
  })

  it('sends what was held back, and reminders', async () => {
    const first = await fail({ cluster: 'due', workload: 'cart', minute: 800 })
    await tellIncident(sweeping.desk, first, at(801))
    const second = await fail({ cluster: 'due', workload: 'checkout', minute: 802 })
    await tellIncident(sweeping.desk, second, at(803))
    expect(sent.map(({ change, failing }) => [change, failing.length])).toEqual([['opened', 1]])
    await sweep(sweeping, at(804))
    expect(sent).toHaveLength(1)
    await sweep(sweeping, at(806))
    expect(sent.at(-1)).toMatchObject({ change: 'opened', reason: '1 more since the last message', failing: [{}, {}] })
    await beat('due', 1046, { failing: [first, second] })
    await sweep(sweeping, at(1046))
    expect(sent.findLast(({ cluster }) => cluster === 'due')).toMatchObject({ change: 'reminder', failing: [{}, {}] })
    await sweep(sweeping, at(1047))
    expect(sent.filter(({ cluster, change }) => cluster === 'due' && change === 'reminder')).toHaveLength(1)
  })

  it('sends what a crashed sender had claimed', async () => {
    const id = await fail({ cluster: 'crashed', minute: 1100 })
    const dying = { ...sweeping.desk, channels: [{ name: 'kept', send: () => new Promise<void>(() => undefined) }] }
    void tellIncident(dying, id, at(1101))
    for (let claimed = false; !claimed;) {
      const told = await tellIncident(sweeping.desk, id, at(1101))
      claimed = told.some(({ reason }) => reason.startsWith('nothing yet: somebody else is sending'))
      if (sent.some(({ cluster }) => cluster === 'crashed')) break
    }
    await sweep(sweeping, at(1103))
    expect(sent.filter(({ cluster }) => cluster === 'crashed')).toHaveLength(1)
  })

  it('goes on with the rest when one thing fails', async () => {
    const id = await fail({ cluster: 'stubborn', minute: 1200 })
    await tellIncident({ ...sweeping.desk, channels: [] }, id, at(1201))
    await beat('stubborn', 1442, { failing: [id] })
    const broken = {
      ...sweeping,
      desk: { ...sweeping.desk, channels: [{ name: 'broken', send: () => Promise.reject(new Error('no')) }] },
    }
    await sweep(broken, at(1442))
    expect(failures.some((what) => what.startsWith('tell of group'))).toBe(true)
    await sweep(sweeping, at(1443))
    expect(sent.some(({ cluster, change }) => cluster === 'stubborn' && change === 'reminder')).toBe(true)
  })

  it('runs as a function', async () => {
    const { handler } = await import('../../functions/sweep.ts')
    const swept = await (handler as unknown as (event: object, given: typeof context) => Promise<unknown>)({}, context)
    expect(swept).toMatchObject({ told: expect.any(Number), closed: expect.any(Number), silent: expect.any(Number) })
  })
})

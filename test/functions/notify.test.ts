import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { applyFact, applyRecovery, type Store } from '../../shared/aws/apply.ts'
import { connectBus } from '../../shared/aws/bus.ts'
import { loadGroup } from '../../shared/aws/groups.ts'
import { saveSilence } from '../../shared/aws/silences.ts'
import type { Diagnosis } from '../../shared/diagnosis.ts'
import { groupKeyOf } from '../../shared/group.ts'
import { identityOf } from '../../shared/incident.ts'
import { diagnosisOf, observationOf, recoveryOf } from '../samples.ts'
import { deliver, startHost, taken, type Host } from './host.ts'

let host: Host
let handler: unknown
let store: Store
beforeAll(async () => {
  host = await startHost({ KULPRIT_MAIL_FROM: 'kulprit@example.com', KULPRIT_MAIL_TO: 'ops@example.com, sre@example.com' })
  ;({ handler } = await import('../../functions/notify.ts'))
  store = { table: host.store.table, bus: connectBus('kulprit'), retentionDays: 90 }
})
afterAll(async () => {
  store.bus.client.destroy()
  await host.close()
})
beforeEach(() => {
  for (const kept of [host.aws.entries, host.aws.published, host.aws.mailed]) kept.length = 0
})

/** These tests run by the real clock, since the handler does: minutes count from now. */
const start = Date.now() - 3_600_000
const since = (minute: number) => new Date(start + minute * 60_000).toISOString()
async function fail(given: Parameters<typeof observationOf>[0] & { minute?: number }, diagnosed: Partial<Diagnosis> = {}) {
  const observation = { ...observationOf(given), observedAt: since(given?.minute ?? 0) }
  const diagnosis = diagnosisOf(observation, diagnosed)
  const { incident } = await applyFact(
    store,
    identityOf(observation.subject),
    { kind: 'observed', observation, diagnosis },
    since(0),
  )
  if (incident === undefined) throw new Error('no incident')
  return incident
}
const recover = (given: NonNullable<Parameters<typeof recoveryOf>[0]>) =>
  applyRecovery(store, { ...recoveryOf(given), at: since(given.minute ?? 0) }, since(0))

describe('notify', () => {
  it('tells of a failure at the topic and by mail', async () => {
    await fail({ workload: 'checkout', cluster: 'told' })
    expect(await deliver(handler, taken(host.aws.entries))).toEqual([])
    const [published] = host.aws.published
    expect(published).toMatchObject({
      subject: 'Failing: Deployment shop/checkout in told: ImageTagNotFound',
      attributes: {
        cluster: 'told',
        namespace: 'shop',
        cause: 'ImageTagNotFound',
        family: 'image',
        severity: 'critical',
        change: 'opened',
      },
    })
    expect(published?.messages['email']?.split('\n')[0]).toBe(
      'Deployment shop/checkout, container app in cluster told: ImageTagNotFound (certain)',
    )
    expect(JSON.parse(published?.messages['https'] ?? '')).toMatchObject({ version: '1.0', source: 'custom' })
    expect(JSON.parse(published?.messages['default'] ?? '')).toMatchObject({
      schema: 1,
      change: 'opened',
      counts: { failing: 1, resolved: 0 },
    })
    expect(host.aws.mailed).toMatchObject([{ subject: published?.subject, to: ['ops@example.com', 'sre@example.com'] }])
  })

  it('tells nothing twice when an announcement is delivered again', async () => {
    await fail({ cluster: 'twice' })
    const bodies = taken(host.aws.entries)
    await deliver(handler, bodies)
    await deliver(handler, [...bodies, ...bodies], true)
    expect(host.aws.published).toHaveLength(1)
  })

  it('puts what shares a cause and a factor into one message, also what waits in the queue still', async () => {
    const shared = { cause: 'RegistryUnreachable', factor: 'registry registry.example.com' }
    for (const workload of ['cart', 'checkout', 'search']) await fail({ workload, cluster: 'grouped' }, shared)
    const [first, ...rest] = taken(host.aws.entries)
    await deliver(handler, [first ?? ''])
    await deliver(handler, rest)
    expect(host.aws.published.map(({ subject }) => subject)).toEqual(['Failing: 3 workloads in grouped: RegistryUnreachable'])
  })

  it('holds back what fails soon after a message, and notes when it is due', async () => {
    const shared = { cause: 'NodeNotReady', factor: 'node ip-10-0-0-7' }
    const incident = await fail({ workload: 'cart', cluster: 'held' }, shared)
    await deliver(handler, taken(host.aws.entries))
    await fail({ workload: 'checkout', cluster: 'held' }, shared)
    await deliver(handler, taken(host.aws.entries))
    expect(host.aws.published).toHaveLength(1)
    const { group, members } = await loadGroup(store.table, groupKeyOf(incident), since(61))
    expect(members).toHaveLength(2)
    expect(Date.parse(group?.dueAt ?? '') - Date.parse(group?.lastToldAt ?? '')).toBe(5 * 60_000)
  })

  it('says nothing of what came and went before it was told', async () => {
    await fail({ cluster: 'unseen' })
    await recover({ cluster: 'unseen', minute: 10 })
    expect(await deliver(handler, taken(host.aws.entries))).toEqual([])
    expect(host.aws.published).toEqual([])
  })

  it('keeps silent about what a silence matches', async () => {
    const silence = { matchers: [{ field: 'cluster' as const, value: 'silen*' }], by: 'ada', comment: 'move of the registry' }
    await saveSilence(store.table, { ...silence, id: 'sil_1', createdAt: since(0), startsAt: since(0), endsAt: since(600) })
    await fail({ cluster: 'silenced' })
    await deliver(handler, taken(host.aws.entries))
    expect(host.aws.published).toEqual([])
  })

  it('sends again what a channel did not take, and only there', async () => {
    await fail({ cluster: 'half' })
    const bodies = taken(host.aws.entries)
    host.aws.failing.mail = 1
    expect(await deliver(handler, bodies)).toEqual(['m0'])
    expect([host.aws.published.length, host.aws.mailed.length]).toEqual([1, 0])
    expect(await deliver(handler, bodies, true)).toEqual([])
    expect([host.aws.published.length, host.aws.mailed.length]).toEqual([1, 1])
  })

  it('fails a record whose message nobody took, and sends it on redelivery', async () => {
    await fail({ cluster: 'refused' })
    const bodies = taken(host.aws.entries)
    host.aws.failing.topic = 1
    expect(await deliver(handler, bodies)).toEqual(['m0'])
    expect(await deliver(handler, bodies, true)).toEqual([])
    expect(host.aws.published).toHaveLength(1)
  })

  it('lets a record that it cannot read fail alone', async () => {
    await fail({ cluster: 'poisoned' })
    expect(await deliver(handler, ['no JSON', ...taken(host.aws.entries)])).toEqual(['m0'])
    expect(host.aws.published).toHaveLength(1)
  })

  it('tells of a failure whose cause turned out to be another under the new cause', async () => {
    await fail({ cluster: 'moved' }, { cause: 'Unexplained', confidence: 'possible', title: 'Unexplained failure' })
    await deliver(handler, taken(host.aws.entries))
    await fail({ cluster: 'moved', mark: '2', minute: 5 })
    await deliver(handler, taken(host.aws.entries))
    expect(host.aws.published.map(({ attributes }) => attributes['cause'])).toEqual(['Unexplained', 'ImageTagNotFound'])
  })
})

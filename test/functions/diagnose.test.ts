import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { loadIncident } from '../../shared/aws/incidents.ts'
import type { IncidentChanged } from '../../shared/events.ts'
import { forwarderSource } from '../../shared/events.ts'
import { identityOf, type Incident } from '../../shared/incident.ts'
import type { Observation } from '../../shared/observation.ts'
import { at, observationOf, recoveryOf } from '../samples.ts'
import { deliver, envelopeOf, startHost, type Host } from './host.ts'

let host: Host
let handler: unknown
beforeAll(async () => {
  host = await startHost()
  ;({ handler } = await import('../../functions/diagnose.ts'))
})
afterAll(() => host.close())
beforeEach(() => {
  host.aws.entries.length = 0
})

const failure = (observation: Observation) => envelopeOf(forwarderSource(observation.cluster), 'Failure Observed', observation)
const recovery = (given: Parameters<typeof recoveryOf>[0]) => {
  const told = recoveryOf(given)
  return envelopeOf(forwarderSource(told.cluster), 'Workload Recovered', told)
}
const stored = (observation: Observation) => loadIncident(host.store.table, identityOf(observation.subject), at(60))
const announced = () => host.aws.entries.map(({ Detail }) => JSON.parse(Detail) as IncidentChanged)
const essence = (incident: Incident | undefined) => {
  if (incident === undefined) throw new Error('no incident')
  const { revision: _revision, seen, steps: _steps, ...rest } = incident
  return { ...rest, seen: [...seen].sort((a, b) => a.localeCompare(b)) }
}

describe('diagnose', () => {
  it('keeps an incident for a failure, and announces it', async () => {
    const observation = observationOf({ workload: 'opened' })
    expect(await deliver(handler, [failure(observation)])).toEqual([])
    expect(await stored(observation)).toMatchObject({
      status: 'open',
      occurrences: 1,
      cluster: 'prod-eu',
      observation: { id: observation.id },
    })
    expect(announced()).toMatchObject([{ schema: 1, change: 'opened', incident: { id: identityOf(observation.subject) } }])
    expect(host.aws.entries[0]).toMatchObject({ Source: 'kulprit', DetailType: 'Incident Changed', EventBusName: 'kulprit' })
  })

  it('lets one failing record of ten fail alone', async () => {
    const observations = Array.from({ length: 10 }, (_, i) => observationOf({ workload: `batch-${i}` }))
    const bodies = observations.map((observation, i) => (i === 4 ? '{"source":"kulprit.forw' : failure(observation)))
    expect(await deliver(handler, bodies)).toEqual(['m4'])
    const found = await Promise.all(observations.map(stored))
    expect(found.map((incident) => incident?.status ?? 'none')).toEqual(observations.map((_, i) => (i === 4 ? 'none' : 'open')))
  })

  it('refuses what one cluster says of another', async () => {
    const observation = observationOf({ workload: 'foreign' })
    const [detail, inner] = [observation, { ...observation, cluster: 'staging' }]
    expect(await deliver(handler, [envelopeOf(forwarderSource('staging'), 'Failure Observed', detail)])).toEqual(['m0'])
    expect(await deliver(handler, [envelopeOf(forwarderSource('staging'), 'Failure Observed', inner)])).toEqual(['m0'])
    expect(await deliver(handler, [envelopeOf('kulprit', 'Failure Observed', detail)])).toEqual(['m0'])
    expect(await stored(observation)).toBeUndefined()
  })

  it('refuses an observation that lacks what the schema asks for', async () => {
    const { symptom: _symptom, ...rest } = observationOf({ workload: 'partial' })
    expect(await deliver(handler, [envelopeOf(forwarderSource('prod-eu'), 'Failure Observed', rest)])).toEqual(['m0'])
  })

  it('changes and announces nothing when a record comes twice', async () => {
    const observation = observationOf({ workload: 'twice' })
    await deliver(handler, [failure(observation)])
    const first = await stored(observation)
    await deliver(handler, [failure(observation), failure(observation)], true)
    expect(await stored(observation)).toEqual(first)
    expect(new Set(announced().map(({ change, incident }) => `${change} ${incident.revision}`)).size).toBe(1)
  })

  it('ends in the same incident when records come in reverse order', async () => {
    const story = (workload: string) => [
      failure(observationOf({ workload, mark: '1', minute: 0 })),
      failure(observationOf({ workload, mark: '2', minute: 5, pods: 3 })),
      recovery({ workload, minute: 20 }),
      failure(observationOf({ workload, mark: '3', minute: 30 })),
      recovery({ workload, minute: 40 }),
    ]
    const observation = observationOf({ workload: 'ordered' })
    for (const body of story('ordered')) expect(await deliver(handler, [body])).toEqual([])
    const inOrder = essence(await stored(observation))
    const reversed = observationOf({ workload: 'reversed' })
    for (const body of story('reversed').toReversed()) expect(await deliver(handler, [body])).toEqual([])
    const asIfOrdered = JSON.parse(JSON.stringify(essence(await stored(reversed))).replaceAll('reversed', 'ordered')) as Incident
    const ids = (incident: ReturnType<typeof essence>) => ({
      ...incident,
      id: '',
      seen: incident.seen.length,
      history: incident.history.map(({ key: _key, ...rest }) => rest),
      observation: { ...incident.observation, id: '' },
    })
    expect(ids(asIfOrdered as ReturnType<typeof essence>)).toEqual(ids(inOrder))
    expect(inOrder.status).toBe('resolved')
  })

  it('ends an incident by a recovery that arrives before its failure', async () => {
    const observation = observationOf({ workload: 'early' })
    await deliver(handler, [recovery({ workload: 'early', minute: 10 })])
    await deliver(handler, [failure(observation)])
    expect(await stored(observation)).toMatchObject({ status: 'resolved', resolvedAt: at(10) })
    expect(announced().map(({ change }) => change)).toEqual(['opened', 'resolved'])
  })

  it('ends the incidents of all containers of a workload that has recovered', async () => {
    const one = observationOf({ workload: 'several' })
    const other = { ...one, id: 'obs_000000000000000000000001', subject: { ...one.subject, container: 'proxy' } }
    await deliver(handler, [failure(one), failure(other), recovery({ workload: 'several', minute: 10 })])
    expect((await stored(one))?.status).toBe('resolved')
    expect((await stored(other))?.status).toBe('resolved')
  })

  it('announces a change on redelivery when the bus had refused it', async () => {
    const observation = observationOf({ workload: 'refused' })
    host.aws.failing.events = 1
    expect(await deliver(handler, [failure(observation)])).toEqual(['m0'])
    expect((await stored(observation))?.status).toBe('open')
    expect(announced()).toEqual([])
    expect(await deliver(handler, [failure(observation)], true)).toEqual([])
    expect(announced()).toMatchObject([{ change: 'opened' }])
  })

  it('loses nothing when many writers meet at one incident', async () => {
    const observations = Array.from({ length: 20 }, (_, i) => observationOf({ workload: 'contended', mark: `${i}`, minute: i }))
    const failed = await Promise.all(observations.map((observation) => deliver(handler, [failure(observation)])))
    expect(failed.flat()).toEqual([])
    expect(await stored(observationOf({ workload: 'contended' }))).toMatchObject({
      occurrences: 20,
      openedAt: at(0),
      lastSeenAt: at(19),
    })
    expect(announced().filter(({ change }) => change === 'opened')).toHaveLength(1)
  })

  it('keeps a huge observation within an item', async () => {
    const noise = Array.from({ length: 1000 }, () => Math.random().toString(36)).join('')
    const observation = observationOf({ workload: 'huge' })
    const line = (i: number) => ({
      source: 'log' as const,
      container: 'app',
      previous: false,
      quote: `${i} ${noise}`,
      lines: [`${i} ${noise} ${Math.random()}`],
    })
    const whole = {
      ...observation,
      evidence: [
        ...observation.evidence,
        ...Array.from({ length: 60 }, (_, i) => line(i)).map((e) => ({
          ...e,
          quote: Array.from({ length: 800 }, () => Math.random().toString(36)).join(''),
        })),
      ],
    }
    expect(await deliver(handler, [failure(whole)])).toEqual([])
    const found = await stored(observation)
    expect(found?.observation.evidence[0]).toEqual(observation.evidence[0])
    expect(found?.observation.evidence.length).toBeLessThan(60)
    expect(announced()).toHaveLength(1)
  })
})

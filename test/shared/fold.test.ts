import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import type { Diagnosis } from '../../shared/diagnosis.ts'
import { announcementOf, fold, type Fact, type Folded } from '../../shared/fold.ts'
import { longestHistory } from '../../shared/history.ts'
import type { Incident } from '../../shared/incident.ts'
import { at, diagnosisOf, observationOf, recoveryOf } from '../samples.ts'

type Given = Parameters<typeof observationOf>[0]

const observed = (given: Given = {}, diagnosed: Partial<Diagnosis> = {}): Fact => {
  const observation = observationOf(given)
  return { kind: 'observed', observation, diagnosis: diagnosisOf(observation, diagnosed) }
}
const recovered = (given: Parameters<typeof recoveryOf>[0]): Fact => ({ kind: 'recovered', recovery: recoveryOf(given) })

function foldAll(facts: readonly Fact[]): Folded {
  return facts.reduce<Folded>((folded, fact) => fold(folded.incident, fact), { incident: undefined, reason: '' })
}
function incidentAfter(...facts: readonly Fact[]): Incident {
  const { incident } = foldAll(facts)
  if (incident === undefined) throw new Error('no incident')
  return incident
}

describe('fold', () => {
  it('opens an incident at the first failure', () => {
    const { change, incident, reason } = fold(undefined, observed())
    expect(change).toBe('opened')
    expect(reason).toBe('Image tag not found (ImageTagNotFound, certain)')
    expect(incident).toMatchObject({
      status: 'open',
      cause: 'ImageTagNotFound',
      openedAt: at(0),
      occurrences: 1,
      cluster: 'prod-eu',
    })
    expect(incident?.timeline).toEqual([{ at: at(0), change: 'opened', text: 'Image tag not found (ImageTagNotFound, certain)' }])
  })

  it('changes nothing when the same observation comes twice', () => {
    const first = incidentAfter(observed())
    expect(fold(first, observed())).toEqual({ incident: first, reason: 'known already' })
    expect(fold(first, observed()).incident).toBe(first)
  })

  it('remembers what a fact announced, for the redelivery after a failed announcement', () => {
    const first = incidentAfter(observed())
    expect(announcementOf(first, observed())).toMatchObject({ change: 'opened' })
    expect(announcementOf(first, observed({ minute: 3 }))).toBeUndefined()
  })

  it('counts a further occurrence without a change', () => {
    const { incident, change, reason } = foldAll([observed(), observed({ mark: '2', minute: 1 })])
    expect({ change, reason, occurrences: incident?.occurrences }).toEqual({
      change: undefined,
      reason: 'one more occurrence',
      occurrences: 2,
    })
  })

  it('only moves the last sighting when the same failure is reported again later', () => {
    const { incident, change } = foldAll([observed(), observed({ minute: 15 })])
    expect(change).toBeUndefined()
    expect(incident).toMatchObject({ occurrences: 1, lastSeenAt: at(15), openedAt: at(0) })
  })

  it('takes a surer diagnosis', () => {
    const vague = observed({}, { cause: 'Unexplained', confidence: 'possible', title: 'Unexplained failure' })
    const { incident, change } = foldAll([vague, observed({ mark: '2', minute: 1 })])
    expect({ change, cause: incident?.cause }).toEqual({ change: 'diagnosed', cause: 'ImageTagNotFound' })
  })

  it('keeps a sure diagnosis against a vaguer one that follows closely, and gives it up when only the vaguer is seen', () => {
    const vague = (minute: number) => observed({ mark: `${minute}`, minute }, { cause: 'Unexplained', confidence: 'possible' })
    expect(incidentAfter(observed(), vague(2)).cause).toBe('ImageTagNotFound')
    expect(incidentAfter(observed(), vague(2), vague(9)).cause).toBe('Unexplained')
  })

  it('does not let an older observation replace a newer diagnosis', () => {
    const { incident, change } = foldAll([observed({ mark: '2', minute: 9 }), observed({}, { cause: 'RegistryUnreachable' })])
    expect({ change, cause: incident?.cause, occurrences: incident?.occurrences, openedAt: incident?.openedAt }).toEqual({
      change: undefined,
      cause: 'ImageTagNotFound',
      occurrences: 2,
      openedAt: at(0),
    })
  })

  it('resolves when the workload has recovered, and reopens when the failure returns', () => {
    const resolved = foldAll([observed(), recovered({ minute: 10 })])
    expect(resolved.change).toBe('resolved')
    expect(resolved.incident).toMatchObject({ status: 'resolved', resolvedAt: at(10) })
    const reopened = fold(resolved.incident, observed({ mark: '2', minute: 20 }))
    expect(reopened.change).toBe('reopened')
    expect(reopened.incident).toMatchObject({ status: 'open', openedAt: at(0) })
    expect(reopened.incident?.resolvedAt).toBeUndefined()
    expect(reopened.incident?.timeline.map(({ change }) => change)).toEqual(['opened', 'resolved', 'reopened'])
  })

  it('does not resolve by a recovery older than the last failure', () => {
    expect(foldAll([observed({ minute: 10 }), recovered({ minute: 5 })])).toMatchObject({
      incident: { status: 'open' },
      reason: 'not recovered: it failed since, or has not stayed healthy for its back-off',
    })
  })

  it('does not reopen by a failure that was observed before the resolution and arrives after it', () => {
    const { incident, change } = foldAll([observed(), recovered({ minute: 10 }), observed({ mark: '2', minute: 9 })])
    expect({ change, status: incident?.status, occurrences: incident?.occurrences }).toEqual({
      change: undefined,
      status: 'resolved',
      occurrences: 2,
    })
  })

  it('does not reopen by the last pods of an old revision', () => {
    const facts = [observed({ revision: 'aaa' }), recovered({ minute: 10, revision: 'bbb' })]
    expect(incidentAfter(...facts, observed({ mark: '2', minute: 11, revision: 'aaa' })).status).toBe('resolved')
    expect(incidentAfter(...facts, observed({ mark: '2', minute: 11, revision: 'bbb' })).status).toBe('open')
    expect(incidentAfter(...facts, observed({ mark: '2', minute: 11, revision: 'ccc' })).status).toBe('open')
    expect(incidentAfter(...facts, observed({ mark: '2', minute: 40, revision: 'aaa' })).status).toBe('open')
    expect(
      incidentAfter(
        observed({ revision: '7' }),
        recovered({ minute: 10, revision: '8' }),
        observed({ mark: '2', minute: 40, revision: '7' }),
      ).status,
    ).toBe('resolved')
  })

  it('does not believe a crash loop that has been running for less than its back-off', () => {
    const crash = observed({ restarts: 6, revision: 'aaa' })
    expect(incidentAfter(crash, recovered({ minute: 4, revision: 'aaa' })).status).toBe('open')
    expect(incidentAfter(crash, recovered({ minute: 6, revision: 'aaa' })).status).toBe('resolved')
    expect(incidentAfter(crash, recovered({ minute: 1, revision: 'bbb' })).status).toBe('resolved')
    expect(incidentAfter(crash, recovered({ minute: 1, reason: 'deleted' })).status).toBe('resolved')
  })

  it('is acknowledged, resolved by hand and annotated by people', () => {
    const acknowledged = foldAll([observed(), { kind: 'acknowledged', at: at(3), by: 'ada' }])
    expect(acknowledged).toMatchObject({ change: 'acknowledged', incident: { status: 'acknowledged' } })
    const again = fold(acknowledged.incident, { kind: 'acknowledged', at: at(4), by: 'bob' })
    expect(again.change).toBeUndefined()
    const resolved = fold(again.incident, { kind: 'resolved', at: at(5), by: 'ada', text: 'rolled back' })
    expect(resolved).toMatchObject({ change: 'resolved', incident: { status: 'resolved', resolvedAt: at(5) } })
    expect(resolved.incident?.timeline.at(-1)).toEqual({ at: at(5), change: 'resolved', by: 'ada', text: 'rolled back' })
    const noted = fold(resolved.incident, { kind: 'noted', at: at(6), by: 'ada', text: 'see the pipeline' })
    expect(noted.incident?.notes).toEqual([{ at: at(6), by: 'ada', text: 'see the pipeline' }])
  })

  it('takes what a better rule reads in the stored observation, and keeps it against the earlier reading', () => {
    const wrong = observed({}, { cause: 'AppError', title: 'Program error' })
    const first = incidentAfter(wrong)
    const fact: Fact = { kind: 'rediagnosed', at: at(30), diagnosis: diagnosisOf(observationOf(), { confidence: 'likely' }) }
    const { incident, change, reason } = fold(first, fact)
    expect({ change, cause: incident?.cause, confidence: incident?.confidence, status: incident?.status }).toEqual({
      change: 'diagnosed',
      cause: 'ImageTagNotFound',
      confidence: 'likely',
      status: 'open',
    })
    expect(reason).toBe('diagnosed again: Image tag not found (ImageTagNotFound, likely)')
    expect(fold(incident, fact)).toEqual({ incident, reason: 'known already' })
    expect(fold(incident, observed({ minute: 40 }, { confidence: 'likely' })).incident?.cause).toBe('ImageTagNotFound')
  })

  it('needs an incident for anything but a failure', () => {
    expect(fold(undefined, recovered({ minute: 1 }))).toEqual({ incident: undefined, reason: 'there is no such incident' })
  })

  it('escalates when severity rises or many more pods fail', () => {
    const mild = observed({}, { severity: 'warning' })
    expect(foldAll([mild, observed({ mark: '2', minute: 1 })])).toMatchObject({
      change: 'escalated',
      reason: 'warning has become critical',
    })
    expect(foldAll([observed(), observed({ mark: '2', minute: 1, pods: 12 })])).toMatchObject({
      change: 'escalated',
      reason: '12 pods fail, where 1 did',
      incident: { affectedPods: 12 },
    })
  })

  it('bounds history, seen ids and timeline, and still counts', () => {
    const facts = Array.from({ length: 300 }, (_, i) => observed({ mark: `${i}`, minute: i }))
    const incident = incidentAfter(...facts)
    expect(incident.occurrences).toBe(300)
    expect(incident.history.length).toBeLessThanOrEqual(longestHistory)
    expect(incident.seen.length).toBeLessThanOrEqual(200)
    expect(incident).toMatchObject({ openedAt: at(0), lastSeenAt: at(299) })
    const flapping = Array.from({ length: 200 }, (_, i) => [
      observed({ mark: `${i}`, minute: i * 20 }),
      recovered({ minute: i * 20 + 10 }),
    ])
    expect(incidentAfter(...flapping.flat()).timeline.length).toBeLessThanOrEqual(100)
  })

  it('ends in the same incident whatever order facts come in, and however often', () => {
    const minute = fc.integer({ min: 0, max: 40 })
    const failure = fc.record({
      minute,
      mark: fc.constantFrom('1', '2', '3', '4', '5'),
      revision: fc.option(fc.constantFrom('a', 'b', '1', '2'), { nil: undefined }),
      restarts: fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined }),
      cause: fc.constantFrom('ImageTagNotFound', 'AppError', 'Unexplained'),
      confidence: fc.constantFrom('certain' as const, 'likely' as const, 'possible' as const),
      severity: fc.constantFrom('critical' as const, 'warning' as const),
      pods: fc.integer({ min: 1, max: 20 }),
    })
    const fact: fc.Arbitrary<Fact> = fc.oneof(
      {
        weight: 3,
        arbitrary: failure.map(({ cause, confidence, severity, ...given }) =>
          // What an observation says follows from its id and time: the same ones never say two things.
          observed(strict({ ...given, mark: JSON.stringify([given, cause, confidence, severity]) }), {
            cause,
            confidence,
            severity,
          }),
        ),
      },
      fc
        .record({
          minute,
          revision: fc.option(fc.constantFrom('a', 'b', '1', '2'), { nil: undefined }),
          reason: fc.constantFrom('ready' as const, 'deleted' as const),
        })
        .map((given) => recovered(strict(given))),
      minute.map((minute): Fact => ({ kind: 'acknowledged', at: at(minute), by: 'ada' })),
      minute.map((minute): Fact => ({ kind: 'resolved', at: at(minute), by: 'ada' })),
      minute.map((minute): Fact => ({ kind: 'quiet', at: at(minute), text: 'quiet' })),
    )
    const facts = fc
      .array(fact, { minLength: 1, maxLength: 12 })
      .filter(
        (all) =>
          new Set(all.filter((one) => one.kind === 'recovered').map((one) => one.recovery.id)).size ===
          all.filter((one) => one.kind === 'recovered').length,
      )
    const orders = facts.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })),
    )
    fc.assert(
      fc.property(observedFirst(orders), ([inOrder, shuffled]) => {
        expect(essence(incidentAfter(...shuffled))).toEqual(essence(incidentAfter(...inOrder)))
      }),
      { numRuns: 1500 },
    )
  })
})

/** A failure has to come first: what precedes it has no incident to fold into (the store keeps recoveries for that). */
const observedFirst = (orders: fc.Arbitrary<[Fact[], Fact[]]>) =>
  orders.map(([a, b]) => [firstFailureFirst(a), firstFailureFirst(b)] as const).filter(([a]) => a[0]?.kind === 'observed')
function firstFailureFirst(facts: readonly Fact[]): Fact[] {
  const first = facts.find(({ kind }) => kind === 'observed')
  return first === undefined ? [...facts] : [first, ...facts.filter((fact) => fact !== first), first]
}

function strict<T extends object>(given: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as never
}

/** All but what tells of the order of arrival. */
function essence({ seen, steps: _steps, revision: _revision, ...rest }: Incident) {
  return { ...rest, seen: [...seen].sort((a, b) => a.localeCompare(b)) }
}

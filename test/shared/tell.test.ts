import { describe, expect, it } from '@jest/globals'
import { newGroup, type Group } from '../../shared/group.ts'
import type { Diagnosis } from '../../shared/diagnosis.ts'
import { fold, type Fact } from '../../shared/fold.ts'
import type { Incident } from '../../shared/incident.ts'
import type { Silence } from '../../shared/silence.ts'
import { pruned, tell, withTold } from '../../shared/tell.ts'
import { at, incidentOf, recoveryOf } from '../samples.ts'

const factor = 'registry registry.example.com'
const failing = (workload: string, diagnosed: Partial<Diagnosis> = {}) => incidentOf({ workload }, { factor, ...diagnosed })
const after = (incident: Incident, fact: Fact): Incident => fold(incident, fact).incident ?? incident
const recovered = (incident: Incident, minute: number) =>
  after(incident, { kind: 'recovered', recovery: recoveryOf({ workload: incident.subject.workload?.name ?? '', minute }) })
const groupOf = (...incidents: Incident[]): Group =>
  newGroup(
    incidents[0] ?? failing('checkout'),
    incidents.map(({ id }) => id),
  )
const withMember = (group: Group, id: string): Group => ({ ...group, members: [...group.members, id] })

/** The group after it was told of these incidents. */
function told(minute: number, ...incidents: Incident[]): Group {
  const group = groupOf(...incidents)
  const { notification, dueAt } = tell(group, incidents, [], at(minute))
  if (notification === undefined) throw new Error('nothing was told')
  return pruned(withTold(group, notification, dueAt), incidents)
}

const [cart, checkout] = [failing('cart'), failing('checkout')]
const silence = (value: string, from = 0, to = 600): Silence => ({
  id: 's',
  matchers: [{ field: 'workload', value }],
  by: 'ada',
  comment: 'known',
  createdAt: at(0),
  startsAt: at(from),
  endsAt: at(to),
})

describe('tell', () => {
  const acknowledged = after(cart, { kind: 'acknowledged', at: at(1), by: 'ada' })
  const worse = { ...cart, severity: 'critical' as const }
  const mild = { ...cart, severity: 'warning' as const }
  type Case = [
    title: string,
    group: Group,
    incidents: Incident[],
    silences: Silence[],
    minute: number,
    reason: string,
    change?: string,
  ]
  const cases: Case[] = [
    ['tells of a first failure', groupOf(cart), [cart], [], 1, 'first message', 'opened'],
    ['tells nothing twice', told(1, cart), [cart], [], 10, 'nothing: told already'],
    [
      'tells of more failures after five minutes',
      withMember(told(1, cart), checkout.id),
      [cart, checkout],
      [],
      6,
      '1 more since the last message',
      'opened',
    ],
    [
      'holds more failures back for five minutes',
      withMember(told(1, cart), checkout.id),
      [cart, checkout],
      [],
      5,
      `nothing yet: 1 more since the last message, held back until ${at(6)}`,
    ],
    ['reminds after four hours', told(1, cart), [cart], [], 241, 'still failing 4 hours after the last message', 'reminder'],
    ['does not remind of what somebody works on', told(1, cart), [acknowledged], [], 241, 'nothing: acknowledged'],
    ['does not tell first of what somebody works on already', groupOf(cart), [acknowledged], [], 1, 'nothing: acknowledged'],
    [
      'tells when all is resolved',
      told(1, cart, checkout),
      [recovered(cart, 9), recovered(checkout, 9)],
      [],
      10,
      'all of it is resolved',
      'resolved',
    ],
    ['waits until all is resolved', told(1, cart, checkout), [recovered(cart, 9), checkout], [], 10, 'nothing: told already'],
    [
      'tells of the end of what somebody worked on',
      told(1, cart),
      [recovered(acknowledged, 9)],
      [],
      10,
      'all of it is resolved',
      'resolved',
    ],
    [
      'says nothing of what came and went unseen',
      groupOf(cart),
      [recovered(cart, 1)],
      [],
      2,
      'nothing: it came and went unseen, or its end was told already',
    ],
    ['says nothing of what is silenced', groupOf(cart), [cart], [silence('cart')], 1, 'nothing: silenced'],
    ['tells of what a silence does not match', groupOf(cart), [cart], [silence('checkout')], 1, 'first message', 'opened'],
    ['tells when the silence has ended', groupOf(cart), [cart], [silence('cart', 0, 5)], 5, 'first message', 'opened'],
    ['tells before the silence has begun', groupOf(cart), [cart], [silence('cart', 5, 9)], 4, 'first message', 'opened'],
    [
      'tells of the end of what was silenced after it was told',
      told(1, cart),
      [recovered(cart, 9)],
      [silence('cart')],
      10,
      'all of it is resolved',
      'resolved',
    ],
    ['tells when it becomes worse', told(1, mild), [worse], [], 10, '1 of 1 became worse', 'escalated'],
    [
      'says nothing of what is for information only',
      groupOf(cart),
      [{ ...cart, severity: 'info' }],
      [],
      1,
      'nothing: for information only',
    ],
    [
      'says nothing of an incident that has left the group',
      told(1, cart),
      [failing('cart', { factor: 'another' })],
      [],
      10,
      'nothing: the incident has another cause by now',
    ],
  ]
  it.each(cases)('%s', (...[, group, incidents, silences, minute, reason, change]: Case) => {
    const telling = tell(group, incidents, silences, at(minute))
    expect({ reason: telling.reason, change: telling.notification?.change }).toEqual({ reason, change })
  })

  it('says when the group has to be looked at again', () => {
    expect(tell(groupOf(cart), [cart], [], at(1)).dueAt).toBe(at(241))
    expect(tell(told(1, cart), [cart], [], at(10)).dueAt).toBe(at(241))
    expect(tell(withMember(told(1, cart), checkout.id), [cart, checkout], [], at(3)).dueAt).toBe(at(6))
    expect(tell(groupOf(cart), [cart], [silence('cart', 0, 50)], at(1)).dueAt).toBe(at(50))
    expect(tell(groupOf(cart), [recovered(cart, 1)], [], at(2)).dueAt).toBeUndefined()
  })

  it('gives the same message the same id', () => {
    const [one, two] = [tell(groupOf(cart), [cart], [], at(1)), tell(groupOf(cart), [cart], [], at(2))]
    expect(one.notification?.id).toBe(two.notification?.id)
  })

  it('forgets members that have nothing more to say', () => {
    const group = told(1, cart, checkout)
    const over = [recovered(cart, 9), recovered(checkout, 9)]
    const { notification } = tell(group, over, [], at(10))
    if (notification === undefined) throw new Error('nothing was told')
    expect(pruned(withTold(group, notification, undefined), over)).toMatchObject({ members: [], told: {}, lastToldAt: at(10) })
  })

  it.each([
    ['c*t', true],
    ['*', true],
    ['cart', true],
    ['ca', false],
    ['*rt', true],
    ['c*c*t', false],
    ['cart*cart', false],
  ])('matches the silence value %s by its stars', (value, matches) => {
    expect(tell(groupOf(cart), [cart], [silence(value)], at(1)).reason === 'nothing: silenced').toBe(matches)
  })
})

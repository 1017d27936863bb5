import { describe, expect, test } from '@jest/globals'
import type { Observation } from '../../../shared/observation.ts'
import { weigh, type Reported } from '../../../forwarder/report/reported.ts'

const minute = 60_000

const seen = (quote: string, restartCount = 3, id = `obs_${String(restartCount).padStart(24, '0')}`): Observation => ({
  schema: 1,
  id,
  cluster: 'test',
  observedAt: '2026-11-22T11:48:02.067Z',
  subject: { cluster: 'test', kind: 'Pod', namespace: 'shop', name: 'cart', container: 'app' },
  symptom: 'CrashLoopBackOff',
  affectedPods: 1,
  pods: ['cart'],
  evidence: [
    {
      source: 'status',
      state: 'waiting',
      quote: `CrashLoopBackOff: back-off ${restartCount * 20}s restarting failed container`,
      container: 'app',
      restartCount,
    },
    {
      source: 'status',
      state: 'last',
      quote: 'Error, exit code 1',
      container: 'app',
      reason: 'Error',
      exitCode: 1,
      restartCount,
    },
    { source: 'log', container: 'app', previous: true, lines: [quote], quote },
  ],
  changes: [],
})

/** Weighs what is seen at each minute, and gives the minutes at which something was sent, and why. */
function sendAt(times: readonly number[], see: (at: number) => Observation): string[] {
  let reported: Reported | undefined
  return times.flatMap((at) => {
    const verdict = weigh(reported, see(at), { partial: false, identity: 'inc_1', now: at * minute })
    reported = verdict.reported
    return verdict.send === undefined ? [] : [`${at} ${verdict.send.urgency}`]
  })
}

describe('what is told of a failure', () => {
  test('is the same again after 1, 5, 15 and then every 60 minutes', () => {
    const minutes = Array.from({ length: 240 }, (_, at) => at)
    expect(sendAt(minutes, (at) => seen(`2026-11-22T11:${at}:00 connection 10.0.0.${at % 250} refused`, at))).toEqual([
      '0 new',
      '1 repeated',
      '6 repeated',
      '21 repeated',
      '81 repeated',
      '141 repeated',
      '201 repeated',
    ])
  })

  test('is told at once when its evidence changes, and once when it changes back', () => {
    expect(sendAt([0, 0.1, 0.2, 0.3], (at) => seen(at === 0.1 ? 'permission denied' : 'connection refused'))).toEqual([
      '0 new',
      '0.1 changed',
    ])
  })

  test('is no news any more when it changes all the time', () => {
    const words = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten']
    expect(
      sendAt(
        words.map((_, at) => at / 100),
        (at) => seen(words[Math.round(at * 100)] ?? ''),
      ),
    ).toHaveLength(7)
  })

  test('has an id for each thing that was seen: the partial view, the whole, and other evidence', () => {
    const partial = weigh(undefined, seen('a'), { partial: true, identity: 'inc_1', now: 0 })
    const whole = weigh(partial.reported, seen('b'), { partial: false, identity: 'inc_1', now: 10 })
    const other = weigh(whole.reported, seen('c'), { partial: false, identity: 'inc_1', now: 20 })
    const ids = [partial, whole, other].map(({ send }) => send?.observation.id)
    expect(new Set(ids).size).toBe(3)
    expect(whole.send?.observation.id).toBe(seen('b').id)
  })

  test('has the same ids in a forwarder that starts anew', () => {
    const once = () => weigh(undefined, seen('a'), { partial: false, identity: 'inc_1', now: Math.random() }).send?.observation.id
    expect(once()).toBe(once())
  })
})

import { describe, expect, it } from '@jest/globals'
import type { Cause, Clue } from '../../shared/causes/cause.ts'
import { diagnose } from '../../shared/diagnose.ts'
import type { Evidence } from '../../shared/evidence.ts'
import type { Observation } from '../../shared/observation.ts'

const observation = (...evidence: Evidence[]): Observation => ({
  schema: 1,
  id: `obs_${'0'.repeat(24)}`,
  cluster: 'test',
  observedAt: '2026-01-01T00:00:00.000Z',
  subject: {
    cluster: 'test',
    kind: 'Pod',
    namespace: 'shop',
    name: 'web-1',
    container: 'app',
    workload: { kind: 'Deployment', name: 'web' },
  },
  symptom: 'CrashLoopBackOff',
  affectedPods: 1,
  pods: ['web-1'],
  evidence,
  changes: [],
})

const event = (quote: string, reason = 'Failed'): Evidence => ({ source: 'event', quote, reason, type: 'Warning', count: 1 })

const cause = (code: string, ...clues: readonly Clue<'event'>[]): Cause => ({
  code,
  family: 'image',
  title: code,
  severity: 'critical',
  meaning: code,
  knownBy: [],
  clues,
  explain: ({ facts, quote }) => `${facts['what'] ?? 'nothing'} from ${quote}`,
  remedies: () => [],
})

describe('diagnose', () => {
  it('names the cause whose clue weighs most, and the near ones as alternatives', () => {
    const causes = [
      cause('Weak', { source: 'event', text: /disk/, confidence: 'possible', weight: 10 }),
      cause('Near', { source: 'event', text: /disk/, confidence: 'likely', weight: 60 }),
      cause('Strong', { source: 'event', text: /disk (?<what>\w+)/, confidence: 'certain', weight: 80 }),
    ]
    const found = diagnose(observation(event('the disk full')), causes)
    expect(found).toMatchObject({ cause: 'Strong', confidence: 'certain', explanation: 'full from the disk full' })
    expect(found.alternatives).toEqual([{ cause: 'Near', confidence: 'likely' }])
  })

  it('holds a clue only for its source, its reasons, and what it must not say', () => {
    const clue = {
      source: 'event',
      reason: ['Failed'],
      text: /disk/,
      unless: /floppy/,
      confidence: 'certain',
      weight: 80,
    } as const
    const codes = (...evidence: Evidence[]) => diagnose(observation(...evidence), [cause('Disk', clue)]).cause
    expect(codes(event('disk'))).toBe('Disk')
    expect(codes(event('disk', 'BackOff'))).toBe('Unexplained')
    expect(codes(event('floppy disk'))).toBe('Unexplained')
    expect(codes({ source: 'status', state: 'waiting', quote: 'disk', reason: 'Failed' })).toBe('Unexplained')
  })

  it('quotes what carries it first, and leaves out what only repeats it', () => {
    const clue = { source: 'event', text: /no space/, confidence: 'certain', weight: 80 } as const
    const found = diagnose(observation(event('Failed to pull'), event('Failed to pull: no space left'), event('other')), [
      cause('Disk', clue),
    ])
    expect(found.evidence.map(({ quote }) => quote)).toEqual(['Failed to pull: no space left', 'other'])
  })

  it('reports what nothing explains, with its evidence and a way to go on', () => {
    const found = diagnose(observation(event('gremlins')), [])
    expect(found).toMatchObject({ cause: 'Unexplained', confidence: 'possible', symptom: 'CrashLoopBackOff' })
    expect(found.evidence).toEqual([{ source: 'event', quote: 'gremlins' }])
    expect(found.remedies[0]?.command).toBe('kubectl describe pod web-1 -n shop')
  })
})

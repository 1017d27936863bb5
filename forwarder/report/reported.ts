import type { Observation } from '../../shared/observation.ts'
import type { Subject } from '../../shared/subject.ts'
import { deriveId, fingerprintOf } from './fingerprint.ts'

/** What was sent about one failure, so that the same is not said again too soon. */
export interface Reported {
  readonly identity: string
  readonly subject: Subject
  readonly revision: string | undefined
  readonly failedAt: string | undefined
  /** Fingerprints of what was said lately, the latest last. */
  readonly prints: readonly string[]
  readonly ids: readonly string[]
  /** When it was last told, and how often its container had been restarted by then. */
  readonly toldAt: number
  readonly restarts: number
  readonly repeats: number
  readonly repeatAt: number
  /** When evidence changed lately; what changes all the time is no news. */
  readonly changedAt: readonly number[]
  /** Since when nothing speaks of it any more. */
  readonly clearSince: number | undefined
}

export type Urgency = 'new' | 'changed' | 'repeated'

export interface Verdict {
  readonly reported: Reported
  /** Undefined where nothing is to be sent. */
  readonly send?: { readonly urgency: Urgency; readonly observation: Observation }
}

const remembered = 16
const minute = 60_000
/** The same again after 1, 5, 15, and then every 60 minutes. */
const repeatAfter = [minute, 5 * minute, 15 * minute, 60 * minute] as const
const restlessWindow = 15 * minute
const restlessLimit = 6

export interface Stage {
  /** What is known without asking the API server: sent where the whole takes longer than a failure should wait. */
  readonly partial: boolean
  readonly identity: string
  readonly now: number
}

/** Decides whether an observation says something that was not said yet, or not lately. */
export function weigh(before: Reported | undefined, observation: Observation, { partial, identity, now }: Stage): Verdict {
  const print = fingerprintOf(observation)
  const known = before?.prints.includes(print) ?? false
  const changedAt = (before?.changedAt ?? []).filter((at) => now - at < restlessWindow)
  const restless = changedAt.length >= restlessLimit
  const isNews = before === undefined || (!known && !restless)
  const isDue = before !== undefined && now >= before.repeatAt
  const base: Reported = {
    identity,
    subject: observation.subject,
    revision: observation.revision ?? before?.revision,
    failedAt: observation.failedAt ?? before?.failedAt,
    prints: known ? (before?.prints ?? []) : [...(before?.prints ?? []), print].slice(-remembered),
    ids: before?.ids ?? [],
    toldAt: before?.toldAt ?? now,
    restarts: Math.max(0, ...observation.evidence.map((piece) => (piece.source === 'status' ? (piece.restartCount ?? 0) : 0))),
    repeats: before?.repeats ?? 0,
    repeatAt: before?.repeatAt ?? now + repeatAfter[0],
    changedAt,
    clearSince: undefined,
  }
  if (!isNews && !isDue) return { reported: base }
  const repeats = isNews ? 0 : base.repeats + 1
  const id = idOf(observation, base, print, { partial, isNews })
  return {
    reported: {
      ...base,
      repeats,
      toldAt: now,
      repeatAt: now + (repeatAfter[Math.min(repeats, repeatAfter.length - 1)] ?? repeatAfter[3]),
      ids: [...base.ids.filter((other) => other !== id), id].slice(-remembered),
      changedAt: before !== undefined && isNews ? [...changedAt, now] : changedAt,
    },
    send: { urgency: before === undefined ? 'new' : isNews ? 'changed' : 'repeated', observation: { ...observation, id } },
  }
}

/** An id says what was seen: other evidence under an id that was sent already would be taken for a second delivery of the first. */
function idOf(
  { id }: Observation,
  { ids }: Reported,
  print: string,
  { partial, isNews }: { readonly partial: boolean; readonly isNews: boolean },
): string {
  if (partial) return deriveId(id, 'partial')
  return isNews && ids.includes(id) ? deriveId(id, print) : id
}

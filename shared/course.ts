import type { Confidence, Severity } from './diagnosis.ts'
import type { HistoryEntry, IncidentStatus, TimelineEntry } from './incident.ts'

/** What follows from an incident's history: its state, and how it came to it. */
export interface Course {
  readonly status: IncidentStatus
  readonly openedAt: string
  readonly changedAt: string
  readonly lastSeenAt: string
  readonly resolvedAt?: string
  readonly affectedPods: number
  readonly timeline: readonly TimelineEntry[]
}

type Observed = Extract<HistoryEntry, { kind: 'observed' }>
type Turn = Exclude<HistoryEntry, Observed>
type Moment = { readonly at: string; readonly entry: HistoryEntry }

/** How long a surer diagnosis outlives a less sure one that is newer: the next restart of a crash loop may tell less. */
const patience: Record<Confidence, number> = { certain: 5 * 60_000, likely: 150_000, possible: 0 }

/** Ranks what was diagnosed: the newest counts, and what is surer counts as somewhat newer. A total order, so that arrival does not matter. */
export function outranks(a: Ranked, b: Ranked): boolean {
  const [left, right] = [rank(a), rank(b)]
  return left === right ? a.key > b.key || (a.key === b.key && a.cause > b.cause) : left > right
}
export interface Ranked {
  readonly key: string
  readonly last: string
  readonly cause: string
  readonly confidence: Confidence
}
const rank = ({ last, confidence }: Ranked) => Date.parse(last) + patience[confidence]

/** Pods of an old revision may linger this long after the new one is healthy. */
const oldPodsLinger = 10 * 60_000
const longestTimeline = 100

const severityRank: Record<Severity, number> = { critical: 2, warning: 1, info: 0 }
const kindOrder: Record<HistoryEntry['kind'], number> = {
  recovered: 0,
  quiet: 1,
  observed: 2,
  acknowledged: 3,
  resolved: 4,
  rediagnosed: 5,
}

/** Works out an incident's course from all that is known of it, by the time at which things happened and not that at which they arrived. */
export function replay(history: readonly HistoryEntry[]): Course {
  const moments = momentsOf(history)
  const timeline: TimelineEntry[] = []
  let status: IncidentStatus = 'resolved'
  let closed: Moment | undefined
  let resolvedAt: string | undefined
  let told: { severity: Severity; pods: number } | undefined
  let best: Observed | undefined
  const failures: Moment[] = []

  for (const moment of moments) {
    const { at, entry } = moment
    if (entry.kind === 'observed') {
      const before = best
      if (best === undefined || outranks({ ...entry, last: at }, best)) best = { ...entry, last: at }
      const lingering = closed !== undefined && isOfOldRevision(moment, closed, failures)
      failures.push(moment)
      if (lingering) continue
      if (status === 'resolved') {
        timeline.push({ at, change: before === undefined ? 'opened' : 'reopened', text: textOf(entry) })
        status = 'open'
        told = { severity: best.severity, pods: entry.pods }
        continue
      }
      if (before !== undefined && isBetter(before, best)) timeline.push({ at, change: 'diagnosed', text: textOf(best) })
      const worse = escalation(told, best.severity, entry.pods)
      if (worse === undefined) continue
      timeline.push({ at, change: 'escalated', text: worse })
      told = { severity: best.severity, pods: Math.max(entry.pods, told?.pods ?? 0) }
    } else if (closes(moment, entry, failures)) {
      if (entry.kind === 'recovered' || status !== 'resolved') closed = moment
      if (status === 'resolved') continue
      resolvedAt = at
      status = 'resolved'
      timeline.push(turnEntry(at, 'resolved', entry))
    } else if (entry.kind === 'rediagnosed') {
      timeline.push(turnEntry(at, 'diagnosed', entry))
    } else if (entry.kind === 'acknowledged' && status === 'open') {
      status = 'acknowledged'
      timeline.push(turnEntry(at, 'acknowledged', entry))
    }
  }
  const latest = failures.at(-1)?.entry
  return {
    status,
    openedAt: moments.find(({ entry }) => entry.kind === 'observed')?.at ?? '',
    changedAt: timeline.at(-1)?.at ?? '',
    lastSeenAt: failures.at(-1)?.at ?? '',
    ...(status === 'resolved' && resolvedAt !== undefined && { resolvedAt }),
    affectedPods: latest?.kind === 'observed' ? latest.pods : 0,
    timeline: timeline.length > longestTimeline ? [...timeline.slice(0, 1), ...timeline.slice(1 - longestTimeline)] : timeline,
  }
}

/** Orders history by time; a failure at the very moment of a recovery counts as after it, because that errs to the side of telling. */
export function momentsOf(history: readonly HistoryEntry[]): Moment[] {
  const moments = history.flatMap((entry): Moment[] =>
    entry.kind === 'observed' && entry.last > entry.at
      ? [
          { at: entry.at, entry },
          { at: entry.last, entry },
        ]
      : [{ at: entry.at, entry }],
  )
  return moments.sort(
    (a, b) =>
      compare(a.at, b.at) ||
      kindOrder[a.entry.kind] - kindOrder[b.entry.kind] ||
      compare(a.entry.key, b.entry.key) ||
      compare(JSON.stringify(a.entry), JSON.stringify(b.entry)),
  )
}
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** A crash loop that has been running for less than its back-off has not recovered, whoever says so. */
function closes({ at }: Moment, turn: Turn, failures: readonly Moment[]): boolean {
  if (turn.kind === 'acknowledged' || turn.kind === 'rediagnosed' || failures.length === 0) return false
  if (turn.kind !== 'recovered' || turn.final === true) return true
  const last = failures.at(-1)
  if (last?.entry.kind !== 'observed') return true
  const { revision, backOff } = last.entry
  if (revision !== undefined && turn.revision !== undefined && revision !== turn.revision) return true
  return Date.parse(at) - Date.parse(last.at) >= backOff * 1000
}

/** A revision that had failed before another one recovered: its last pods may still fail for a while. */
function isOfOldRevision({ at, entry }: Moment, closed: Moment, failures: readonly Moment[]): boolean {
  const [failing, healthy] = [revisionOf(entry), revisionOf(closed.entry)]
  if (failing === undefined || healthy === undefined || failing === healthy) return false
  if (/^\d+$/.test(failing) && /^\d+$/.test(healthy)) return Number(failing) < Number(healthy)
  if (Date.parse(at) - Date.parse(closed.at) > oldPodsLinger) return false
  return failures.some(
    (failure) => failure.at <= closed.at && failure.entry.kind === 'observed' && failure.entry.revision === failing,
  )
}

const revisionOf = (entry: HistoryEntry) => entry.revision

const certainty: Record<Confidence, number> = { possible: 0, likely: 1, certain: 2 }
const isBetter = (before: Observed, after: Observed) =>
  before.cause !== after.cause || certainty[after.confidence] > certainty[before.confidence]

function escalation(told: { severity: Severity; pods: number } | undefined, severity: Severity, pods: number) {
  if (told === undefined) return undefined
  if (severityRank[severity] > severityRank[told.severity]) return `${told.severity} has become ${severity}`
  if (pods >= told.pods * 2 && pods >= told.pods + 5) return `${pods} pods fail, where ${told.pods} did`
  return undefined
}

const textOf = ({ cause, title, confidence }: Observed) => `${title} (${cause}, ${confidence})`
const turnEntry = (at: string, change: string, { by, text }: Turn): TimelineEntry => ({
  at,
  change,
  ...(by !== undefined && { by }),
  text,
})

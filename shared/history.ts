import { momentsOf } from './course.ts'
import type { HistoryEntry } from './incident.ts'

/** More than this and what changed nothing is left out: it bounds the item, and the cost of each save. */
export const longestHistory = 60

/** Adds a fact to a history; the same fact a second time gives the same history. */
export function remember(history: readonly HistoryEntry[], added: HistoryEntry): readonly HistoryEntry[] {
  const same = history.find((entry) => sameFact(entry, added))
  if (same === undefined) return compact(ordered([...history, added]))
  const merged = merge(same, added)
  return merged === same ? history : ordered(history.map((entry) => (entry === same ? merged : entry)))
}

function sameFact(a: HistoryEntry, b: HistoryEntry): boolean {
  if (a.kind === 'observed' && b.kind === 'observed') return a.key === b.key && a.cause === b.cause
  return a.kind === b.kind && a.key === b.key
}

/** The same failure seen again says only that it is still there; what was seen last counts. */
function merge(a: HistoryEntry, b: HistoryEntry): HistoryEntry {
  if (a.kind !== 'observed' || b.kind !== 'observed') return a
  if (b.at >= a.at && b.last <= a.last) return a
  const newest = b.last > a.last ? b : a
  return { ...newest, at: a.at < b.at ? a.at : b.at, last: newest.last }
}

const ordered = (history: readonly HistoryEntry[]) => [...new Set(momentsOf(history).map(({ entry }) => entry))]

/** Leaves out the oldest sightings that stand between others of the same kind, and then the oldest but the first. */
function compact(history: readonly HistoryEntry[]): readonly HistoryEntry[] {
  if (history.length <= longestHistory) return history
  const idle = history.findIndex(
    (entry, i) => i > 0 && i < history.length - 1 && changesNothing(history[i - 1], entry, history[i + 1]),
  )
  const left = idle === -1 ? 1 : idle
  return compact(history.filter((_, i) => i !== left))
}

function changesNothing(before: HistoryEntry | undefined, entry: HistoryEntry, after: HistoryEntry | undefined): boolean {
  if (entry.kind !== 'observed' || before?.kind !== 'observed' || after?.kind !== 'observed') return false
  return [before, after].every(
    (other) =>
      other.cause === entry.cause &&
      other.confidence === entry.confidence &&
      other.severity === entry.severity &&
      other.revision === entry.revision,
  )
}

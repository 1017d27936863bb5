import { leadOf, workloadNameOf, type Notification } from '../notification.ts'
import type { Quote } from '../diagnosis.ts'
import type { Incident } from '../incident.ts'
import { clean, shorten } from './words.ts'

/** What a message says, whatever it is laid out as. */
export interface Story {
  /** Workload, cluster and cause in one line. */
  readonly headline: string
  readonly state: string
  readonly explanation: string
  readonly quotes: readonly { readonly source: string; readonly text: string; readonly at?: string }[]
  readonly changes: readonly string[]
  readonly remedies: readonly { readonly text: string; readonly command?: string }[]
  readonly others: readonly string[]
  readonly recovered: readonly string[]
  readonly facts: readonly string[]
  readonly link?: string
}

const mostOthers = 25

/** Tells a notification's story: the worst incident in full, the others in a line each. */
export function storyOf(notification: Notification): Story {
  const lead = leadOf(notification)
  const { failing, resolved, page } = notification
  const isOver = failing.length === 0
  const { diagnosis } = lead
  return {
    headline: headlineOf(notification),
    state: stateOf(notification),
    explanation: isOver ? '' : shorten(clean(diagnosis.explanation), 2000),
    quotes: isOver ? [] : quotesOf(diagnosis.evidence),
    changes: isOver ? [] : diagnosis.changes.slice(0, 5).map(changeLine),
    remedies: isOver
      ? []
      : diagnosis.remedies.slice(0, 6).map(({ text, command }) => ({
          text: shorten(clean(text), 600),
          ...(command !== undefined && { command: shorten(clean(command), 1500) }),
        })),
    others: listed(failing.slice(1), otherLine),
    recovered: listed(isOver ? resolved : resolved.filter(({ id }) => id !== lead.id), recoveredLine),
    facts: isOver ? [`incident ${lead.id}`] : factsOf(lead, notification),
    ...(page !== undefined && { link: `${page.replace(/\/$/, '')}/incidents/${lead.id}` }),
  }
}

/** The first three quotes that say something more than those before them. */
function quotesOf(evidence: readonly Quote[]): Story['quotes'] {
  const told: Quote[] = []
  for (const piece of evidence) {
    // What changed stands in a section of its own.
    if (piece.source === 'change') continue
    const words = piece.quote.replace(/^Error: /, '')
    if (told.length < 3 && !told.some(({ quote }) => quote.includes(words))) told.push(piece)
  }
  return told.map(({ source, quote, at }) => ({
    source,
    text: shorten(clean(quote), 600),
    ...(at !== undefined && { at: readable(at) }),
  }))
}

/** A time as people read it. */
const readable = (at: string) => at.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC')

/** Names workload, cluster and cause. */
function headlineOf(notification: Notification): string {
  const { failing, resolved, cluster, cause, factor } = notification
  const lead = leadOf(notification)
  const all = failing.length > 0 ? failing : resolved
  if (all.length > 1) return `${all.length} workloads in cluster ${cluster}: ${cause} (${clean(factor)})`
  const container = lead.subject.container === undefined ? '' : `, container ${lead.subject.container}`
  const place =
    lead.subject.kind === 'Cluster' ? `Cluster ${cluster}` : `${workloadNameOf(lead)}${container} in cluster ${cluster}`
  return `${place}: ${cause}${failing.length > 0 ? ` (${lead.confidence})` : ''}`
}

const states: Record<Notification['change'], string> = {
  opened: 'Failing',
  escalated: 'Worse',
  reminder: 'Still failing',
  resolved: 'Resolved',
}
const stateOf = ({ change, severity, reason }: Notification) =>
  change === 'resolved' ? states[change] : `${states[change]}, ${severity}: ${reason}`

function factsOf(
  { openedAt, lastSeenAt, affectedPods, occurrences, id, diagnosis }: Incident,
  { factor }: Notification,
): string[] {
  const pods = affectedPods === 0 ? [] : [`${affectedPods} ${affectedPods === 1 ? 'pod' : 'pods'} affected`]
  const seen = `seen ${occurrences === 1 ? 'once' : `${occurrences} times`}, last at ${readable(lastSeenAt)}`
  const alternatives = diagnosis.alternatives.slice(0, 3).map(({ cause, confidence }) => `${cause} (${confidence})`)
  return [
    `kubectl shows ${diagnosis.symptom}`,
    `failing since ${readable(openedAt)}`,
    ...pods,
    seen,
    ...(alternatives.length > 0 ? [`could also be ${alternatives.join(', ')}`] : []),
    `grouped by ${clean(factor)}`,
    `incident ${id}`,
  ]
}

const changeLine = ({ path, before, after }: { path: string; before: string | null; after: string | null }) =>
  shorten(clean(`${path}: ${before ?? '(not set)'} -> ${after ?? '(removed)'}`), 400)

const otherLine = (incident: Incident) =>
  `${workloadNameOf(incident)} (${incident.confidence}, since ${readable(incident.openedAt)}, ${incident.id})`

function recoveredLine(incident: Incident): string {
  const end = incident.timeline.findLast(({ change }) => change === 'resolved')
  const by = end?.by === undefined ? '' : ` by ${clean(end.by)}`
  return `${workloadNameOf(incident)}: ${clean(end?.text ?? 'resolved')}${by} at ${readable(incident.resolvedAt ?? incident.changedAt)}`
}

function listed(incidents: readonly Incident[], line: (incident: Incident) => string): string[] {
  const lines = incidents.slice(0, mostOthers).map((incident) => shorten(line(incident), 300))
  const more = incidents.length - lines.length
  return more > 0 ? [...lines, `and ${more} more`] : lines
}

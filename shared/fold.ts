import { outranks, replay, type Ranked } from './course.ts'
import { diagnosis as diagnosisSchema, type Diagnosis } from './diagnosis.ts'
import type { IncidentChange, Recovery } from './events.ts'
import { remember } from './history.ts'
import { identityOf, type HistoryEntry, type Incident } from './incident.ts'
import type { Observation } from './observation.ts'

/** Something that happened to an incident. */
export type Fact =
  | { readonly kind: 'observed'; readonly observation: Observation; readonly diagnosis: Diagnosis }
  | { readonly kind: 'recovered'; readonly recovery: Recovery }
  | { readonly kind: 'acknowledged' | 'resolved'; readonly at: string; readonly by: string; readonly text?: string }
  | { readonly kind: 'noted'; readonly at: string; readonly by: string; readonly text: string }
  | { readonly kind: 'quiet'; readonly at: string; readonly text: string }
  /** A better rule has read the stored observation again. */
  | { readonly kind: 'rediagnosed'; readonly at: string; readonly diagnosis: Diagnosis }

/** The incident after a fact; `change` where others must hear of it, and always why, or why not. */
export interface Folded {
  /** Undefined where there was none and the fact makes none. */
  readonly incident: Incident | undefined
  readonly change?: IncidentChange
  readonly reason: string
}

const longestSeen = 200
const mostNotes = 100
const mostSteps = 8

/**
 * Folds a fact into an incident. The same fact twice changes nothing, and facts may come in any order: the incident's course
 * is worked out from its history by the time at which things happened.
 */
export function fold(before: Incident | undefined, fact: Fact): Folded {
  if (before === undefined) {
    if (fact.kind !== 'observed') return { incident: undefined, reason: 'there is no such incident' }
    const incident = rederive(open(fact.observation, fact.diagnosis))
    return step(incident, { fact: keyOf(fact), change: 'opened', reason: incident.timeline[0]?.text ?? incident.title })
  }
  if (fact.kind === 'noted') return { incident: withNote(before, fact), reason: 'noted' }
  const included = fact.kind === 'rediagnosed' ? reread(before, fact) : include(before, fact)
  if (included === before) return { incident: before, reason: 'known already' }
  const after = rederive(included)
  const change = changeBetween(before, after)
  if (change === undefined) return { incident: after, reason: quietReason(before, after, fact) }
  const reason = after.timeline.findLast((entry) => entry.change === change)?.text ?? after.title
  return step(after, { fact: keyOf(fact), change, reason })
}

/** Finds the announcement that a fact caused earlier, for a delivery that comes again: the first may have failed before it was made. */
export function announcementOf(incident: Incident, fact: Fact): { change: IncidentChange; reason: string } | undefined {
  const key = keyOf(fact)
  const found = incident.steps.find((step) => step.fact === key)
  return found && { change: found.change as IncidentChange, reason: found.reason }
}

function open(observation: Observation, diagnosis: Diagnosis): Incident {
  const { subject, cluster, observedAt } = observation
  return {
    id: identityOf(subject),
    revision: 0,
    status: 'open',
    cluster,
    ...(subject.namespace !== undefined && { namespace: subject.namespace }),
    ...outcomeOf(observation, diagnosis),
    openedAt: observedAt,
    changedAt: observedAt,
    lastSeenAt: observedAt,
    occurrences: 1,
    affectedPods: observation.affectedPods,
    seen: [observation.id],
    timeline: [],
    notes: [],
    links: [],
    history: [entryOf({ kind: 'observed', observation, diagnosis })],
    steps: [],
  }
}

const outcomeOf = (observation: Observation, diagnosis: Diagnosis) => ({
  subject: diagnosis.subject,
  cause: diagnosis.cause,
  family: diagnosis.family,
  severity: diagnosis.severity,
  confidence: diagnosis.confidence,
  title: diagnosis.title,
  diagnosis,
  observation,
})

type Lasting = Exclude<Fact, { kind: 'noted' | 'rediagnosed' }>

/** Replaces what an earlier rule said of the stored observation, also in the history, whose ranking would bring it back. */
function reread(before: Incident, { at, diagnosis }: Extract<Fact, { kind: 'rediagnosed' }>): Incident {
  if (writtenOut(before.diagnosis) === writtenOut(diagnosis)) return before
  const { cause, title, confidence, severity } = diagnosis
  const history = before.history.map((entry) =>
    entry.kind === 'observed' && entry.key === before.observation.id && entry.cause === before.cause
      ? { ...entry, cause, title, confidence, severity }
      : entry,
  )
  const text = `diagnosed again: ${title} (${cause}, ${confidence})`
  const turn = { kind: 'rediagnosed' as const, key: `rediagnosed ${at}`, at: instant(at), text }
  const isNews = cause !== before.cause || confidence !== before.confidence
  return {
    ...before,
    ...outcomeOf(before.observation, diagnosis),
    history: [...(isNews ? remember(history, turn) : history)],
  }
}

/** With its fields in one order, whoever made it. */
const writtenOut = (given: Diagnosis) => JSON.stringify(diagnosisSchema.parse(given))

function include(before: Incident, fact: Lasting): Incident {
  const history = remember(before.history, entryOf(fact))
  if (fact.kind !== 'observed') return history === before.history ? before : { ...before, history: [...history] }
  const { observation, diagnosis } = fact
  const fresh = !before.seen.includes(observation.id)
  const wins = outranks(rankedOf(observation, diagnosis), rankedOf(before.observation, before.diagnosis))
  if (history === before.history && !fresh && !wins) return before
  return {
    ...before,
    ...(wins && outcomeOf(observation, diagnosis)),
    history: [...history],
    occurrences: before.occurrences + (fresh ? 1 : 0),
    seen: fresh ? [observation.id, ...before.seen].slice(0, longestSeen) : before.seen,
  }
}

const rankedOf = ({ id, observedAt }: Observation, { cause, confidence }: Diagnosis): Ranked => ({
  key: id,
  last: observedAt,
  cause,
  confidence,
})

function rederive(incident: Incident): Incident {
  const { timeline, resolvedAt, ...course } = replay(incident.history)
  const { resolvedAt: _, ...rest } = incident
  return { ...rest, ...course, ...(resolvedAt !== undefined && { resolvedAt }), timeline: [...timeline] }
}

function withNote(incident: Incident, { at, by, text }: Extract<Fact, { kind: 'noted' }>): Incident {
  const notes = [...incident.notes, { at, by, text }].sort((a, b) => a.at.localeCompare(b.at))
  return { ...incident, notes: notes.slice(-mostNotes) }
}

function step(incident: Incident, made: { fact: string; change: IncidentChange; reason: string }): Folded {
  const { change, reason } = made
  return { incident: { ...incident, steps: [made, ...incident.steps].slice(0, mostSteps) }, change, reason }
}

function changeBetween(before: Incident, after: Incident): IncidentChange | undefined {
  if (before.status !== after.status) {
    if (after.status === 'resolved') return 'resolved'
    if (before.status === 'resolved') return 'reopened'
    return after.status === 'acknowledged' ? 'acknowledged' : 'reopened'
  }
  const escalations = (incident: Incident) => incident.timeline.filter(({ change }) => change === 'escalated').length
  if (after.status !== 'resolved' && escalations(after) > escalations(before)) return 'escalated'
  if (after.cause !== before.cause || after.confidence !== before.confidence) return 'diagnosed'
  return undefined
}

function quietReason(before: Incident, after: Incident, { kind }: Fact): string {
  if (kind === 'observed') return after.occurrences > before.occurrences ? 'one more occurrence' : 'still there'
  if (kind === 'recovered' && after.status !== 'resolved')
    return 'not recovered: it failed since, or has not stayed healthy for its back-off'
  return `${kind}: no change, the incident is ${after.status}`
}

function keyOf(fact: Fact): string {
  if (fact.kind === 'observed') return `${fact.observation.id} ${fact.observation.observedAt}`
  if (fact.kind === 'recovered') return fact.recovery.id
  return `${fact.kind} ${fact.at}`
}

const recoveryTexts: Record<Recovery['reason'], string> = {
  ready: 'every replica is ready and has stayed so',
  deleted: 'the workload was deleted',
  completed: 'it has run to its end',
  superseded: 'the failure turned out to be one of a container, which has an incident of its own',
}

function entryOf(fact: Lasting): HistoryEntry {
  if (fact.kind === 'observed') return sightingOf(fact.observation, fact.diagnosis)
  if (fact.kind === 'recovered') {
    const { id, at, revision, reason, workload } = fact.recovery
    const final = reason !== 'ready'
    return {
      kind: 'recovered',
      key: id,
      at: instant(at),
      text: workload.kind === 'Cluster' ? 'the cluster speaks again' : recoveryTexts[reason],
      ...(revision !== undefined && { revision }),
      ...(final && { final }),
    }
  }
  const by = 'by' in fact ? { by: fact.by } : {}
  const text = fact.text ?? `${fact.kind} by hand`
  return { kind: fact.kind, key: `${fact.kind} ${fact.at}`, at: instant(fact.at), ...by, text }
}

function sightingOf(observation: Observation, diagnosis: Diagnosis): HistoryEntry {
  return {
    kind: 'observed',
    key: observation.id,
    at: instant(observation.observedAt),
    last: instant(observation.observedAt),
    cause: diagnosis.cause,
    title: diagnosis.title,
    confidence: diagnosis.confidence,
    severity: diagnosis.severity,
    pods: observation.affectedPods,
    ...(observation.revision !== undefined && { revision: observation.revision }),
    backOff: backOffOf(observation),
  }
}

/** Times are compared as texts: all have the same form. */
const instant = (at: string) => new Date(at).toISOString()

/** The kubelet waits 10 s before a restart and doubles that up to 5 minutes: a container that ran for less may be about to crash again. */
function backOffOf({ evidence }: Observation): number {
  const restarts = Math.max(0, ...evidence.map((e) => (e.source === 'status' ? (e.restartCount ?? 0) : 0)))
  return restarts === 0 ? 0 : Math.min(300, 10 * 2 ** Math.min(restarts - 1, 5))
}

import { createHash } from 'node:crypto'
import * as z from 'zod'
import { confidence, diagnosis, family, severity } from './diagnosis.ts'
import { observation } from './observation.ts'
import { clusterName, subject, type Subject } from './subject.ts'

export const incidentStatus = z.enum(['open', 'acknowledged', 'resolved'])

export const timelineEntry = z.object({
  at: z.iso.datetime(),
  change: z.string(),
  by: z.string().optional(),
  text: z.string(),
})

export const note = z.object({ at: z.iso.datetime(), by: z.string(), text: z.string() })

/** One fact of an incident's history, without its evidence: what the incident's course is worked out from. */
const historyEntry = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('observed'),
    /** The observation's id; `at` is when it was first seen, `last` when it was seen again. */
    key: z.string(),
    at: z.iso.datetime(),
    last: z.iso.datetime(),
    cause: z.string(),
    title: z.string(),
    confidence,
    severity,
    pods: z.number(),
    revision: z.string().optional(),
    /** Seconds that the container must stay up before it counts as healthy: its restart back-off. */
    backOff: z.number(),
  }),
  z.object({
    kind: z.enum(['recovered', 'acknowledged', 'resolved', 'quiet', 'rediagnosed']),
    key: z.string(),
    at: z.iso.datetime(),
    by: z.string().optional(),
    text: z.string(),
    revision: z.string().optional(),
    /** Where the workload is gone or has ended, no back-off has to be waited for. */
    final: z.boolean().optional(),
  }),
])

/** A change of the incident, kept so that a redelivered fact is announced again when the first announcement failed. */
const incidentStep = z.object({ fact: z.string(), change: z.string(), reason: z.string() })

/** What fails, since when, why, and what was done about it. One per identity. */
export const incident = z.object({
  id: z.string(),
  /** Counts the saves: a save names the revision it read, so that two writers never lose each other's work. */
  revision: z.number().int().nonnegative(),
  status: incidentStatus,
  cluster: clusterName,
  namespace: z.string().optional(),
  subject,
  cause: z.string(),
  family,
  severity,
  confidence,
  title: z.string(),
  openedAt: z.iso.datetime(),
  changedAt: z.iso.datetime(),
  lastSeenAt: z.iso.datetime(),
  resolvedAt: z.iso.datetime().optional(),
  occurrences: z.number().int().positive(),
  affectedPods: z.number().int().nonnegative(),
  diagnosis,
  /** The observation that the diagnosis was made from, kept so that a better rule can diagnose it again. */
  observation,
  /** Ids of the observations folded in, the latest first, bounded: what makes a second delivery harmless. */
  seen: z.array(z.string()),
  timeline: z.array(timelineEntry),
  notes: z.array(note),
  links: z.array(z.object({ title: z.string(), url: z.string() })),
  /** The facts folded in, by time, bounded; status, times and timeline follow from them, whatever order they came in. */
  history: z.array(historyEntry).default([]),
  steps: z.array(incidentStep).default([]),
})

export type Incident = z.infer<typeof incident>
export type IncidentStatus = z.infer<typeof incidentStatus>
export type TimelineEntry = z.infer<typeof timelineEntry>
export type HistoryEntry = z.infer<typeof historyEntry>

/** Part of every identity: a later change of the rule below makes new incidents and leaves the old ones alone. */
const identityVersion = 1

/** What makes two failures the same incident: cluster, namespace, workload (or object, where no workload) and container. Gives the incident's id. */
export function identityOf({ cluster, namespace, kind, name, container, workload }: Subject): string {
  const owner = workload ?? { kind, name }
  const parts = [identityVersion, cluster, namespace ?? '', owner.kind, owner.name, container ?? '']
  return `inc_${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24)}`
}

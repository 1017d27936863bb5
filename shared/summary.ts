import type * as z from 'zod'
import { incident, type Incident } from './incident.ts'

/** An incident as lists show it. */
export const incidentSummary = incident.pick({
  id: true,
  status: true,
  cluster: true,
  namespace: true,
  subject: true,
  cause: true,
  family: true,
  severity: true,
  confidence: true,
  title: true,
  openedAt: true,
  changedAt: true,
  lastSeenAt: true,
  resolvedAt: true,
  occurrences: true,
  affectedPods: true,
})
export type IncidentSummary = z.infer<typeof incidentSummary>

const fields = Object.keys(incidentSummary.shape)

/** Leaves of an incident what lists show. */
export const summaryOf = (whole: Incident): IncidentSummary =>
  Object.fromEntries(Object.entries(whole).filter(([field]) => fields.includes(field))) as IncidentSummary

/** The texts that a search looks through, in lower case since DynamoDB compares exactly. */
export function searchTextOf({
  cluster,
  namespace,
  subject,
  cause,
  title,
  diagnosis,
  pods = [],
}: Incident & { pods?: string[] }): string {
  const { kind, name, container, workload } = subject
  const words = [cluster, namespace, workload?.kind, workload?.name, kind, name, container, cause, title, diagnosis.symptom]
  const told = [diagnosis.explanation, diagnosis.evidence[0]?.quote, ...pods]
  return [...words, ...told]
    .filter((word) => word !== undefined)
    .join(' ')
    .toLowerCase()
    .slice(0, 1000)
}

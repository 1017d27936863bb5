import * as z from 'zod'
import { incident } from './incident.ts'
import { observation } from './observation.ts'
import { clusterName, workloadReference } from './subject.ts'

/** What a forwarder says when every replica wanted is ready and has stayed so, or when the workload is gone. */
export const recovery = z.object({
  schema: z.literal(1),
  id: z.string(),
  cluster: clusterName,
  namespace: z.string().optional(),
  workload: workloadReference,
  container: z.string().optional(),
  at: z.iso.datetime(),
  revision: z.string().optional(),
  /** `superseded`: the same failure is told of a container of this workload now. */
  reason: z.enum(['ready', 'deleted', 'completed', 'superseded']),
})

/** What a forwarder says every minute: a silent cluster is not a healthy one. */
export const heartbeat = z.object({
  schema: z.literal(1),
  cluster: clusterName,
  at: z.iso.datetime(),
  kubernetesVersion: z.string(),
  forwarderVersion: z.string(),
  counts: z.object({ nodes: z.number(), pods: z.number(), failing: z.number() }),
  /** What could not be delivered since the last heartbeat, by reason. */
  dropped: z.record(z.string(), z.number()),
  /** Identities (shared/incident.ts `identityOf`) that still fail; absent where there are too many to list. */
  failing: z.array(z.string()).optional(),
})

const incidentChange = z.enum(['opened', 'diagnosed', 'escalated', 'acknowledged', 'resolved', 'reopened'])

export const incidentChanged = z.object({ schema: z.literal(1), change: incidentChange, reason: z.string(), incident })

export type Recovery = z.infer<typeof recovery>
export type Heartbeat = z.infer<typeof heartbeat>
export type IncidentChange = z.infer<typeof incidentChange>
export type IncidentChanged = z.infer<typeof incidentChanged>

export const detailTypes = {
  failureObserved: 'Failure Observed',
  workloadRecovered: 'Workload Recovered',
  clusterHeartbeat: 'Cluster Heartbeat',
  incidentChanged: 'Incident Changed',
} as const

/** The detail schema of each event on the bus, by its detail-type. */
export const eventSchemas = {
  'Failure Observed': observation,
  'Workload Recovered': recovery,
  'Cluster Heartbeat': heartbeat,
  'Incident Changed': incidentChanged,
} as const

export const kulpritSource = 'kulprit'
const forwarderPrefix = 'kulprit.forwarder.'

export const forwarderSource = (cluster: string): string => `${forwarderPrefix}${cluster}`

/** The cluster that a source speaks for; undefined where the source is not a forwarder's. */
export const clusterOfSource = (source: string): string | undefined =>
  source.startsWith(forwarderPrefix) ? source.slice(forwarderPrefix.length) : undefined

/** The operators of EventBridge patterns that the local bus knows; CDK's `Rule` takes the same constants. */
export interface RulePattern {
  readonly source: readonly (string | { readonly prefix: string })[]
  readonly detailType: readonly string[]
}

export const rulePatterns = {
  diagnose: {
    source: [{ prefix: forwarderPrefix }],
    detailType: [detailTypes.failureObserved, detailTypes.workloadRecovered, detailTypes.clusterHeartbeat],
  },
  notify: { source: [kulpritSource], detailType: [detailTypes.incidentChanged] },
} as const satisfies Record<string, RulePattern>

/** One event as EventBridge delivers it to a queue. */
export const envelope = z.object({
  id: z.string(),
  source: z.string(),
  'detail-type': z.string(),
  time: z.iso.datetime(),
  account: z.string().optional(),
  region: z.string().optional(),
  detail: z.unknown(),
})
export type Envelope = z.infer<typeof envelope>

import { createHash } from 'node:crypto'
import * as z from 'zod'
import { severity } from './diagnosis.ts'
import type { Incident } from './incident.ts'
import { clusterName } from './subject.ts'

/** What one message is about: incidents of one cluster with the same cause and the same shared factor, and what was told of them. */
export const group = z.object({
  key: z.string(),
  /** Counts the saves, as an incident's revision does. */
  revision: z.number().int().nonnegative(),
  cluster: clusterName,
  cause: z.string(),
  factor: z.string(),
  /** Ids of the incidents in it; kept as items of their own. */
  members: z.array(z.string()),
  told: z.record(z.string(), z.object({ status: z.enum(['failing', 'resolved']), severity })),
  lastToldAt: z.iso.datetime().optional(),
  /** When the sweep has to look at it again: a message held back, or a reminder. */
  dueAt: z.iso.datetime().optional(),
  /** Somebody is sending until then: a second sender waits. */
  claimedUntil: z.iso.datetime().optional(),
  /** Channels that took the message whose other channels failed. */
  partly: z.object({ id: z.string(), channels: z.array(z.string()) }).optional(),
})
export type Group = z.infer<typeof group>

/** What an incident shares with others; where the cause knows no factor, its namespace, so that a storm is still one message. */
const factorOf = ({ diagnosis, namespace }: Incident): string =>
  diagnosis.factor ?? (namespace === undefined ? 'the cluster' : `namespace ${namespace}`)

export function groupKeyOf(incident: Incident): string {
  const parts = [incident.cluster, incident.cause, factorOf(incident)]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24)
}

/** A group of which nothing was told yet. */
export const newGroup = (incident: Incident, members: readonly string[] = []): Group => ({
  key: groupKeyOf(incident),
  revision: 0,
  cluster: incident.cluster,
  cause: incident.cause,
  factor: factorOf(incident),
  members: [...members],
  told: {},
})

/** More members than this are left out of messages: it bounds the reads. */
export const mostMembers = 500

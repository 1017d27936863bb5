import * as z from 'zod'
import { change, evidence } from './evidence.ts'
import { clusterName, subject } from './subject.ts'

/**
 * One failing workload container (or object), with the evidence that was there when it was seen: the detail of `Failure Observed`.
 *
 * `id` is made from what was seen, so that the same failure seen twice, or by two forwarders, has the same id.
 */
export const observation = z.object({
  schema: z.literal(1),
  id: z.string().regex(/^obs_[0-9a-f]{24}$/),
  cluster: clusterName,
  observedAt: z.iso.datetime(),
  /** When the failure itself happened, by the cluster's clock, where its status says so. */
  failedAt: z.iso.datetime().optional(),
  subject,
  symptom: z.string().min(1),
  affectedPods: z.number().int().nonnegative(),
  /** Up to three of the pods that show it, the one whose evidence this is first. */
  pods: z.array(z.string()).max(3),
  /** The workload's revision: pod template hash or generation. */
  revision: z.string().optional(),
  evidence: z.array(evidence),
  changes: z.array(change),
})

export type Observation = z.infer<typeof observation>

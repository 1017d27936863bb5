import * as z from 'zod'
import { change } from './evidence.ts'
import { subject } from './subject.ts'

export const severity = z.enum(['critical', 'warning', 'info'])
export const confidence = z.enum(['certain', 'likely', 'possible'])
export const families = [
  'image',
  'crash',
  'config',
  'runtime',
  'volume',
  'scheduling',
  'eviction',
  'node',
  'admission',
  'workload',
  'network',
  'unknown',
] as const
export const family = z.enum(families)

const quote = z.object({
  source: z.enum(['status', 'event', 'log', 'spec', 'change', 'node', 'object']),
  quote: z.string(),
  at: z.iso.datetime().optional(),
})

const remedy = z.object({ text: z.string(), command: z.string().optional() })

/** The root cause of one failing workload container or object, with the evidence that carries it and what to do. */
export const diagnosis = z.object({
  cause: z.string(),
  family,
  title: z.string(),
  explanation: z.string(),
  severity,
  confidence,
  symptom: z.string(),
  subject,
  evidence: z.array(quote),
  changes: z.array(change),
  remedies: z.array(remedy),
  alternatives: z.array(z.object({ cause: z.string(), confidence })),
  affectedPods: z.number().int().nonnegative(),
  /** What the failure shares with others of the same cause (registry, node, image, claim, quota, webhook): they are told as one. */
  factor: z.string().optional(),
})

export type Severity = z.infer<typeof severity>
export type Confidence = z.infer<typeof confidence>
export type Family = z.infer<typeof family>
export type Quote = z.infer<typeof quote>
export type Remedy = z.infer<typeof remedy>
export type Diagnosis = z.infer<typeof diagnosis>

const severityOrder: Record<Severity, number> = { critical: 0, warning: 1, info: 2 }
const confidenceOrder: Record<Confidence, number> = { certain: 0, likely: 1, possible: 2 }

/** Orders diagnoses the worst and surest first; equal ones by name, so that the order never depends on the input's. */
export function byWorstFirst(a: Diagnosis, b: Diagnosis): number {
  return (
    severityOrder[a.severity] - severityOrder[b.severity] ||
    confidenceOrder[a.confidence] - confidenceOrder[b.confidence] ||
    nameOf(a).localeCompare(nameOf(b))
  )
}
const nameOf = ({ subject: { namespace = '', kind, name, container = '' } }: Diagnosis) =>
  `${namespace}/${kind}/${name}/${container}`

import * as z from 'zod'

const at = z.iso.datetime().optional()

/** The object that a piece of evidence speaks of, where it is not the subject itself. */
const objectReference = z.object({ kind: z.string(), name: z.string(), namespace: z.string().optional() })

const shared = { quote: z.string(), at, container: z.string().optional(), object: objectReference.optional() }

/** What a container's or an object's status says. `state` tells which part of a container's status: `last` is `lastState`. */
const statusEvidence = z.object({
  source: z.literal('status'),
  ...shared,
  state: z.enum(['waiting', 'running', 'terminated', 'last', 'condition', 'phase']),
  reason: z.string().optional(),
  message: z.string().optional(),
  exitCode: z.number().int().optional(),
  signal: z.number().int().optional(),
  restartCount: z.number().int().optional(),
  startedAt: at,
  finishedAt: at,
})

/** An event of the subject, its pods or its owners; `quote` is its message, `at` when it was last seen. */
const eventEvidence = z.object({
  source: z.literal('event'),
  ...shared,
  reason: z.string(),
  type: z.enum(['Normal', 'Warning']),
  count: z.number().int().positive(),
  firstAt: at,
  component: z.string().optional(),
})

/** The lines of a container's log that matter, oldest first; `quote` is the one that explains, as the container wrote it. */
const logEvidence = z.object({
  source: z.literal('log'),
  ...shared,
  container: z.string(),
  previous: z.boolean(),
  lines: z.array(z.string()),
})

/** One probe of a container, with what it asks. */
const probe = z.object({
  action: z.string(),
  port: z.union([z.number(), z.string()]).optional(),
  initialDelaySeconds: z.number(),
  periodSeconds: z.number(),
  timeoutSeconds: z.number(),
  failureThreshold: z.number(),
})

/** What the manifest asks of the failing container; of environment variables the names alone. */
const specEvidence = z.object({
  source: z.literal('spec'),
  ...shared,
  image: z.string().optional(),
  imagePullPolicy: z.string().optional(),
  imagePullSecrets: z.array(z.string()),
  serviceAccount: z.string().optional(),
  command: z.array(z.string()),
  args: z.array(z.string()),
  env: z.array(z.object({ name: z.string(), from: z.string().optional() })),
  envFrom: z.array(z.string()),
  ports: z.array(z.object({ port: z.number(), name: z.string().optional() })),
  requests: z.record(z.string(), z.string()),
  limits: z.record(z.string(), z.string()),
  mounts: z.array(z.object({ path: z.string(), volume: z.string(), readOnly: z.boolean(), subPath: z.string().optional() })),
  probes: z.object({ liveness: probe.optional(), readiness: probe.optional(), startup: probe.optional() }),
  restartPolicy: z.string().optional(),
  init: z.boolean(),
  node: z.string().optional(),
  facts: z.record(z.string(), z.string()),
})

/** A difference from the last healthy revision; values of environment variables never stand in it. */
export const change = z.object({ path: z.string(), before: z.string().nullable(), after: z.string().nullable() })

const changeEvidence = z.object({ source: z.literal('change'), ...shared, change })

/** What a node says of itself: a condition that is not as it should be, or a taint. */
const nodeEvidence = z.object({
  source: z.literal('node'),
  ...shared,
  reason: z.string().optional(),
  facts: z.record(z.string(), z.string()),
})

/** Another object that decides: a claim, a quota, a service, a job; `facts` holds what rules ask of it. */
const objectEvidence = z.object({
  source: z.literal('object'),
  ...shared,
  reason: z.string().optional(),
  facts: z.record(z.string(), z.string()),
})

export const evidence = z.discriminatedUnion('source', [
  statusEvidence,
  eventEvidence,
  logEvidence,
  specEvidence,
  changeEvidence,
  nodeEvidence,
  objectEvidence,
])

export type Evidence = z.infer<typeof evidence>
export type EvidenceSource = Evidence['source']
export type EvidenceOf<S extends EvidenceSource> = Extract<Evidence, { source: S }>
export type Change = z.infer<typeof change>
export type Probe = z.infer<typeof probe>

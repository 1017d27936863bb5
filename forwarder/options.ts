import { readFileSync } from 'node:fs'
import { RE2JS } from 're2js'
import * as z from 'zod'
import { clusterName } from '../shared/subject.ts'

const re2 = z.string().refine((pattern) => {
  try {
    RE2JS.compile(pattern)
    return true
  } catch {
    return false
  }
}, 'is no RE2 pattern (no look-around, no back-references)')

const namespaceName = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'is no namespace name')

/** Everything that a forwarder can be told; what is left out has a default that works. */
const forwarderOptions = z.strictObject({
  /** Its name in all that is sent. Default: made from the context, or what the in-cluster configuration gives. */
  cluster: clusterName.optional(),
  kubeconfig: z.string().optional(),
  context: z.string().optional(),
  /** Only these namespaces; default: all. */
  namespaces: z.array(namespaceName).default([]),
  bus: z.string().min(1).default('kulprit'),
  region: z.string().optional(),
  /** A local hub; default: EventBridge in the region. */
  endpoint: z.url().optional(),
  /** Folder for events that could not be delivered; default: in memory. */
  spool: z.string().optional(),
  spoolMegabytes: z.number().positive().max(10_240).default(64),
  requestsPerSecond: z.number().positive().max(1_000).default(10),
  requestBurst: z.number().int().positive().max(10_000).default(60),
  heartbeatSeconds: z.number().positive().max(3_600).default(60),
  holdSeconds: z.number().nonnegative().max(3_600).default(20),
  /** Port of /metrics, /healthz and /readyz; default: none is served. */
  port: z.number().int().min(0).max(65_535).optional(),
  leader: z
    .strictObject({
      namespace: namespaceName,
      lease: z.string().min(1).default('kulprit-forwarder'),
      identity: z.string().min(1),
    })
    .optional(),
  redact: z
    .strictObject({
      emails: z.boolean().default(false),
      addresses: z.boolean().default(false),
      patterns: z.array(re2).default([]),
    })
    .default({ emails: false, addresses: false, patterns: [] }),
  log: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
})

export type ForwarderOptions = z.input<typeof forwarderOptions>
export type ForwarderSettings = z.output<typeof forwarderOptions>

/** Options that are not as they should be; the message names each field. */
export class ForwarderOptionsError extends Error {
  override readonly name = 'ForwarderOptionsError'
}

/** Checks options; an error names the field, what was expected and what was found. */
export function parseOptions(options: unknown, from = 'forwarder options'): ForwarderSettings {
  const parsed = forwarderOptions.safeParse(options)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map(({ path, message }) => `${path.length === 0 ? 'the whole' : path.join('.')}: ${message}`)
  throw new ForwarderOptionsError(`${from}: ${faults.join('; ')}`, { cause: parsed.error })
}

const number = (value: string | undefined) => (value === undefined || value === '' ? undefined : Number(value))
const list = (value: string | undefined) =>
  value === undefined ? undefined : value.split(/[\s,]+/).filter((item) => item !== '')
const flag = (value: string | undefined) => (value === undefined || value === '' ? undefined : value === 'true' || value === '1')

/** What the environment says, by the same names as the chart writes; values that are no numbers fail with their field. */
export function optionsFromEnv(env: NodeJS.ProcessEnv): Record<string, unknown> {
  const { KULPRIT_LEASE_NAMESPACE: namespace, KULPRIT_LEASE: lease, KULPRIT_IDENTITY: identity } = env
  const redact = {
    emails: flag(env['KULPRIT_REDACT_EMAILS']),
    addresses: flag(env['KULPRIT_REDACT_ADDRESSES']),
    patterns: lines(env['KULPRIT_REDACT_PATTERNS']),
  }
  return defined({
    cluster: env['KULPRIT_CLUSTER'],
    kubeconfig: env['KULPRIT_KUBECONFIG'],
    context: env['KULPRIT_CONTEXT'],
    namespaces: list(env['KULPRIT_NAMESPACES']),
    bus: env['KULPRIT_BUS'],
    region: env['AWS_REGION'],
    endpoint: env['AWS_ENDPOINT_URL_EVENTBRIDGE'],
    spool: env['KULPRIT_SPOOL'],
    spoolMegabytes: number(env['KULPRIT_SPOOL_MEGABYTES']),
    requestsPerSecond: number(env['KULPRIT_REQUESTS_PER_SECOND']),
    requestBurst: number(env['KULPRIT_REQUEST_BURST']),
    heartbeatSeconds: number(env['KULPRIT_HEARTBEAT_SECONDS']),
    holdSeconds: number(env['KULPRIT_HOLD_SECONDS']),
    port: number(env['KULPRIT_PORT']),
    log: env['KULPRIT_LOG'],
    ...(namespace !== undefined && { leader: defined({ namespace, lease, identity: identity ?? env['HOSTNAME'] }) }),
    ...(Object.values(redact).some((value) => value !== undefined) && { redact: defined(redact) }),
  })
}

const lines = (value: string | undefined) =>
  value === undefined ? undefined : value.split('\n').filter((line) => line.trim() !== '')

/** Without what is undefined, and what is the empty string: an empty value in a chart means "the default". */
const defined = (values: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== ''))

/** A configuration file in JSON, with the names of the options. */
export function optionsFromFile(path: string): Record<string, unknown> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    throw new ForwarderOptionsError(`${path}: ${(error as Error).message}`, { cause: error })
  }
}

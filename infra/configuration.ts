import { existsSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'
import * as z from 'zod'
import { severity } from '../shared/diagnosis.ts'
import { clusterName } from '../shared/subject.ts'

const account = z.string().regex(/^\d{12}$/, 'an account is 12 digits, in quotes')
const region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region looks like eu-west-1')
const days = z.int().min(1)
const https = z.url({ protocol: /^https$/, error: 'an address that begins with https://' })

/** The periods that CloudWatch Logs can keep a log for. */
const logDays = z.union([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731].map((n) => z.literal(n)))

const filter = z.strictObject({
  cluster: z.array(clusterName).min(1).optional(),
  namespace: z.array(z.string()).min(1).optional(),
  severity: z.array(severity).min(1).optional(),
  cause: z.array(z.string()).min(1).optional(),
  family: z.array(z.string()).min(1).optional(),
  change: z.array(z.string()).min(1).optional(),
})

const channel = z.union(
  [
    z.strictObject({ email: z.email(), filter: filter.optional() }),
    z.strictObject({ https, filter: filter.optional() }),
    z.strictObject({ queue: z.string().regex(/^arn:[^:]+:sqs:/, 'the ARN of a queue'), filter: filter.optional() }),
    z.strictObject({ slack: z.strictObject({ workspace: z.string().min(1), channel: z.string().min(1) }) }),
    z.strictObject({ teams: z.strictObject({ team: z.string().min(1), tenant: z.string().min(1), channel: z.string().min(1) }) }),
  ],
  {
    error:
      'a channel is one of { email, filter? }, { https, filter? }, { queue, filter? }, { slack: { workspace, channel } }, { teams: { team, tenant, channel } }',
  },
)

/** Who may call the API: principals of IAM, or the bearers of an issuer's tokens. There is no third way: it is never open. */
const authentication = z.union(
  [z.literal('iam'), z.strictObject({ jwt: z.strictObject({ issuer: https, audience: z.array(z.string().min(1)).min(1) }) })],
  { error: "authentication is 'iam', or { jwt: { issuer, audience: [...] } }" },
)

const serviceAccount = {
  namespace: z.string().min(1).default('kulprit'),
  serviceAccount: z.string().min(1).default('kulprit-forwarder'),
}

/** How a cluster's forwarder proves who it is. */
const identity = z.discriminatedUnion(
  'type',
  [
    z.strictObject({ type: z.literal('pod-identity'), eksCluster: z.string().min(1), ...serviceAccount }),
    z.strictObject({
      type: z.literal('irsa'),
      issuer: z.string().regex(/^[^:]+\/\S+$/, 'the OIDC issuer without https://, as oidc.eks.eu-west-1.amazonaws.com/id/ABC'),
      ...serviceAccount,
    }),
    z.strictObject({ type: z.literal('keys') }),
  ],
  { error: "type is 'pod-identity', 'irsa', or 'keys' for a cluster outside AWS" },
)

const cluster = z.strictObject({ name: clusterName, account: account.optional(), region: region.optional(), identity })

/** What one installation is made from: `kulprit.yaml`, and what the command line's context says over it. */
const configuration = z
  .strictObject({
    /** Begins the name of every stack, and is the name of the bus. */
    name: z
      .string()
      .regex(/^[a-z][-a-z0-9]{0,29}$/, '1 to 30 of a-z, 0-9 and -, the first a letter')
      .default('kulprit'),
    account: account.optional(),
    region: region.optional(),
    retentionDays: days.max(3650).default(90),
    archiveDays: days.max(3650).default(14),
    logDays: logDays.default(30),
    /** A table that is there already, restored from a backup, instead of one of the stack's own. */
    table: z.string().min(3).optional(),
    page: https.optional(),
    mail: z
      .strictObject({
        from: z.email(),
        to: z.array(z.email()).min(1),
        /** Makes the sender's identity in SES; AWS then mails a link to that address, which somebody must follow. */
        verify: z.boolean().default(false),
      })
      .optional(),
    channels: z.array(channel).default([]),
    /** Who hears of alarms about Kulprit itself. */
    operators: z.array(z.email()).default([]),
    api: z
      .strictObject({
        authentication: authentication.default('iam'),
        requestsPerSecond: z.int().min(1).default(20),
        burst: z.int().min(1).default(40),
      })
      .prefault({}),
    /** Takes concurrency out of the account's pool for what must not run away; an account with a quota of 10 cannot spare it. */
    reserveConcurrency: z.boolean().default(true),
    senders: z
      .strictObject({
        accounts: z.array(account).default([]),
        organization: z
          .string()
          .regex(/^o-[a-z0-9]{10,32}$/)
          .optional(),
      })
      .prefault({}),
    clusters: z.array(cluster).default([]),
  })
  .superRefine(({ account, region, clusters }, context) => {
    const seen = new Map<string, string>()
    clusters.forEach((cluster, i) => {
      const path = ['clusters', i, 'name']
      const id = stackNameOf(cluster.name)
      const other = seen.get(id)
      if (other !== undefined) context.addIssue({ code: 'custom', path, message: `makes the same stack as '${other}'` })
      seen.set(id, cluster.name)
      const central =
        cluster.account !== undefined && account === undefined
          ? 'account'
          : cluster.region !== undefined && region === undefined
            ? 'region'
            : undefined
      if (central !== undefined)
        context.addIssue({
          code: 'custom',
          path: [central],
          message: `is needed, since the cluster '${cluster.name}' names its own: its role must name the bus`,
        })
    })
  })

export type Configuration = z.infer<typeof configuration>
export type ClusterConfiguration = z.infer<typeof cluster>
export type Channel = z.infer<typeof channel>

/** The part of a stack's name that stands for a cluster: stacks take no dots. */
export const stackNameOf = (cluster: string): string => cluster.replaceAll('.', '-')

/** A configuration that cannot be used, told field by field. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
}

/** Reads a configuration; throws a `ConfigurationError` that names each field that is wrong. */
export function parseConfiguration(given: unknown, from: string): Configuration {
  const result = configuration.safeParse(given ?? {})
  if (result.success) return result.data
  const lines = result.error.issues.flatMap((issue) => linesOf(issue, []))
  throw new ConfigurationError(`${from} cannot be used:\n${lines.map((line) => `  ${line}`).join('\n')}`)
}

function linesOf(issue: z.core.$ZodIssue, above: readonly PropertyKey[]): string[] {
  const path = [...above, ...issue.path]
  const field = path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`),
    '',
  )
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `${field === '' ? key : `${field}.${key}`}: no such field`)
  return [`${field === '' ? 'the whole' : field}: ${issue.message}`]
}

/**
 * Reads `kulprit.yaml` where there is one; a context value `kulprit.FIELD` stands over its field.
 *
 * @example readConfiguration('kulprit.yaml', (key) => app.node.tryGetContext(key)) // npx cdk deploy -c kulprit.retentionDays=30
 */
export function readConfiguration(file: string, contextOf: (key: string) => unknown): Configuration {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const written: unknown = readYaml(text, file)
  if (written !== null && (typeof written !== 'object' || Array.isArray(written)))
    throw new ConfigurationError(`${file} cannot be used:\n  the whole: expected fields such as 'mail:'`)
  const over: Record<string, unknown> = {}
  for (const field of Object.keys(configuration.shape)) {
    const value = contextOf(`kulprit.${field}`)
    if (value !== undefined) over[field] = typeof value === 'string' ? readYaml(value, `context kulprit.${field}`) : value
  }
  return parseConfiguration({ ...written, ...over }, file)
}

function readYaml(text: string, from: string): object | null {
  try {
    return parse(text) as object | null
  } catch (error) {
    throw new ConfigurationError(`${from} is not YAML: ${(error as Error).message}`, { cause: error })
  }
}

/** Prints who may do what on which resource, from the synthesised templates: `node infra/app.ts && node scripts/permissions.ts [cdk.out]`. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One action that a role may do. */
export interface Permission {
  readonly role: string
  readonly action: string
  readonly resource: string
  /** The conditions in words; empty where there are none. */
  readonly condition: string
}

interface Statement {
  readonly Effect: string
  readonly Action: string | readonly string[]
  readonly Resource: unknown
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** Gives a row for each action and resource of each policy in a template. */
export function permissionsOf(template: Readonly<Record<string, unknown>>): Permission[] {
  const resources = template['Resources'] as Record<string, { Type: string; Properties?: Record<string, unknown> }>
  return Object.values(resources)
    .filter(({ Type }) => Type === 'AWS::IAM::Policy' || Type === 'AWS::IAM::ManagedPolicy')
    .flatMap(({ Properties = {} }) => {
      const roles = listOf((Properties['Roles'] ?? Properties['Groups'] ?? [{ Ref: 'Group' }]) as unknown).map((role) =>
        plain(role).replace(/Role$/, ''),
      )
      const { Statement } = Properties['PolicyDocument'] as { Statement: Statement[] }
      return roles.flatMap((role) => Statement.flatMap((statement) => rowsOf(role, statement)))
    })
}

const rowsOf = (role: string, { Effect, Action, Resource, Condition = {} }: Statement): Permission[] =>
  listOf(Action).flatMap((action) =>
    listOf(Resource).map((resource) => ({
      role,
      action: Effect === 'Deny' ? `NOT ${action}` : action,
      resource: plain(resource),
      condition: conditionOf(Condition),
    })),
  )

const conditionOf = (condition: Readonly<Record<string, Readonly<Record<string, unknown>>>>): string =>
  Object.entries(condition)
    .filter(([operator]) => operator !== 'Null')
    .flatMap(([, keys]) => Object.entries(keys).map(([key, value]) => `${key} = ${listOf(value).join(' | ')}`))
    .join(', ')

const listOf = <T>(one: T | readonly T[]): readonly T[] => (Array.isArray(one) ? (one as readonly T[]) : [one as T])

/** A reference as people read it: the logical id without the hash that CDK ends it with. */
function plain(value: unknown): string {
  if (typeof value === 'string') return value
  const [[name, given] = ['', ''] as const] = Object.entries(value as object) as [string, unknown][]
  const short = (id: string) => id.replace(/[0-9A-F]{8}$/, '')
  if (name === 'Ref') return String(given).startsWith('AWS::') ? String(given).slice(5) : short(String(given))
  if (name === 'Fn::GetAtt') return (given as string[]).map((part, i) => (i === 0 ? short(part) : part)).join('.')
  if (name === 'Fn::Join') return (given as [string, unknown[]])[1].map(plain).join((given as [string])[0])
  return JSON.stringify(value)
}

/** Why a wildcard is there: what was acknowledged at synthesis. */
function reasonsOf(folder: string, stack: string): string[] {
  const metadata = JSON.parse(readFileSync(join(folder, `${stack}.metadata.json`), 'utf8')) as Record<
    string,
    { type: string; data: Record<string, string> }[]
  >
  return Object.entries(metadata).flatMap(([path, entries]) =>
    entries
      .filter(({ type }) => type === 'aws:cdk:acknowledged-rules')
      .flatMap(({ data }) =>
        Object.entries(data).map(([rule, reason]) => `${path}: ${rule.replace('AwsSolutions::AwsSolutions-', '')}: ${reason}`),
      ),
  )
}

if (import.meta.main) {
  const folder = process.argv[2] ?? join(import.meta.dirname, '../cdk.out')
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.template.json'))) {
    const stack = file.replace('.template.json', '')
    console.log(`\n${stack}`)
    const rows = permissionsOf(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Record<string, unknown>)
    for (const { role, action, resource, condition } of rows)
      console.log(`  ${role.padEnd(12)} ${action.padEnd(28)} ${resource}${condition === '' ? '' : `   if ${condition}`}`)
    for (const reason of reasonsOf(folder, stack)) console.log(`  reason  ${reason}`)
  }
}

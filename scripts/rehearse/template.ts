import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One resource of a template, its properties as they stand there. */
export interface Resource {
  readonly id: string
  readonly type: string
  readonly properties: Readonly<Record<string, unknown>>
}

/** A template with its intrinsic functions worked out for one account and region. */
export interface Template {
  readonly resources: readonly Resource[]
  readonly account: string
  readonly region: string
}

interface RawTemplate {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> }>>
}

/** Reads a synthesised template and gives every reference the name that the loader will create the resource under. */
export function readTemplate(folder: string, stack: string, { account, region }: { account: string; region: string }): Template {
  const raw = JSON.parse(readFileSync(join(folder, `${stack}.template.json`), 'utf8')) as RawTemplate
  const entries = Object.entries(raw.Resources)
  const names = new Map(entries.map(([id, { Type, Properties = {} }]) => [id, nameOf(id, Type, Properties, { account, region })]))
  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve)
    if (typeof value !== 'object' || value === null) return value
    const fields = Object.entries(value)
    const [field] = fields
    if (fields.length !== 1 || field === undefined || !(field[0] === 'Ref' || field[0].startsWith('Fn::')))
      return Object.fromEntries(fields.map(([key, one]) => [key, resolve(one)]))
    return intrinsic(field[0], resolve(field[1]))
  }
  const pseudo: Readonly<Record<string, string>> = {
    'AWS::AccountId': account,
    'AWS::Region': region,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': stack,
  }
  const refOf = (id: string): string => pseudo[id] ?? names.get(id)?.ref ?? id
  const intrinsic = (name: string, given: unknown): unknown => {
    if (name === 'Ref') return refOf(String(given))
    if (name === 'Fn::Join') {
      const [separator, parts] = given as [string, unknown[]]
      return parts.join(separator)
    }
    if (name === 'Fn::Sub') return String(given).replaceAll(/\$\{([^}]+)\}/g, (_, id: string) => refOf(id))
    if (name === 'Fn::GetAtt') {
      const [id, attribute] = given as [string, string]
      const found = names.get(id)
      if (found === undefined) throw new Error(`the template speaks of ${id}, which is not in it`)
      return attribute.endsWith('Arn')
        ? found.arn
        : attribute === 'TopicName' || attribute.endsWith('Name')
          ? found.name
          : found.ref
    }
    throw new Error(`the loader does not know ${name}`)
  }
  return {
    account,
    region,
    resources: entries.map(([id, { Type, Properties = {} }]) => ({
      id,
      type: Type,
      properties: resolve(Properties) as Record<string, unknown>,
    })),
  }
}

interface Names {
  readonly name: string
  readonly ref: string
  readonly arn: string
}

function nameOf(
  id: string,
  type: string,
  properties: Readonly<Record<string, unknown>>,
  { account, region }: { account: string; region: string },
): Names {
  const arn = (service: string, rest: string) => `arn:aws:${service}:${region}:${account}:${rest}`
  const given = (field: string) => (typeof properties[field] === 'string' ? properties[field] : id)
  switch (type) {
    case 'AWS::SQS::Queue':
      return { name: id, ref: `http://queue/${id}`, arn: arn('sqs', id) }
    case 'AWS::SNS::Topic':
      return { name: id, ref: arn('sns', id), arn: arn('sns', id) }
    case 'AWS::Events::EventBus':
      return { name: given('Name'), ref: given('Name'), arn: arn('events', `event-bus/${given('Name')}`) }
    case 'AWS::Events::Rule':
      return { name: id, ref: id, arn: arn('events', `rule/${id}`) }
    case 'AWS::DynamoDB::GlobalTable':
      return { name: id, ref: id, arn: arn('dynamodb', `table/${id}`) }
    case 'AWS::Lambda::Function':
      return { name: id, ref: id, arn: arn('lambda', `function:${id}`) }
    case 'AWS::IAM::Role':
      return { name: id, ref: id, arn: `arn:aws:iam::${account}:role/${id}` }
    default:
      return { name: id, ref: id, arn: arn(type, id) }
  }
}

import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isAllowed, type Call, type Statement } from './policy.ts'

/** What every call of one function passes through: its role's policy decides, and what it used is remembered. */
export interface Gate {
  readonly url: string
  /** Actions and resources that were allowed, and those that were not. */
  readonly used: Set<string>
  readonly refused: Set<string>
  /** What the role may do besides: on log and queue, which Lambda itself uses, and what no scene asked for. */
  readonly unused: () => string[]
  readonly close: () => Promise<void>
}

interface Behind {
  readonly moto: string
  readonly dynamoDb: string
  readonly statements: readonly Statement[]
  readonly account: string
  readonly region: string
}

/** Opens the endpoint that a function calls instead of AWS. */
export async function openGate({ moto, dynamoDb, statements, account, region }: Behind): Promise<Gate> {
  const used = new Set<string>()
  const refused = new Set<string>()
  const server: Server = createServer((request, response) => {
    void (async () => {
      const body = await bytesOf(request)
      const calls = callsOf(request, body.toString(), { account, region })
      const denied = calls.find((call) => !isAllowed(statements, call))
      if (denied !== undefined) {
        refused.add(`${denied.action} on ${denied.resource}`)
        response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' })
        const message = `the role may not ${denied.action} on ${denied.resource}`
        response.end(JSON.stringify({ __type: 'AccessDeniedException', message }))
        return
      }
      for (const { action, resource } of calls) used.add(`${action} on ${resource}`)
      const isTable = String(request.headers['x-amz-target'] ?? '').startsWith('DynamoDB')
      const { host, 'content-length': length, connection, ...headers } = request.headers
      void host
      void length
      void connection
      const answer = await fetch(`${isTable ? dynamoDb : moto}${request.url ?? '/'}`, {
        method: request.method ?? 'POST',
        headers: headers as Record<string, string>,
        ...(body.length > 0 && { body: new Uint8Array(body) }),
      })
      const text = Buffer.from(await answer.arrayBuffer())
      response.writeHead(answer.status, {
        'content-type': answer.headers.get('content-type') ?? 'application/json',
        ...(answer.headers.has('x-amz-crc32') && { 'x-amz-crc32': answer.headers.get('x-amz-crc32') ?? '' }),
      })
      response.end(text)
    })().catch((error: unknown) => {
      response.writeHead(502)
      response.end(String(error))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    used,
    refused,
    unused: () => statements.flatMap(grantsOf).filter((grant) => !used.has(grant)),
    close: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

const grantsOf = ({ Action, Resource }: Statement): string[] =>
  [Action].flat().flatMap((action) => [Resource].flat().map((resource) => `${action} on ${resource}`))

/** What IAM would be asked about a request: action, resource and the keys of its conditions. */
function callsOf(request: IncomingMessage, body: string, { account, region }: { account: string; region: string }): Call[] {
  const target = String(request.headers['x-amz-target'] ?? '')
  const arn = (service: string, rest: string) => `arn:aws:${service}:${region}:${account}:${rest}`
  if (target.startsWith('DynamoDB')) {
    const given = JSON.parse(body) as { TableName?: string; IndexName?: string; RequestItems?: Record<string, unknown> }
    const action = `dynamodb:${target.split('.')[1] ?? ''}`
    const tables = given.TableName === undefined ? Object.keys(given.RequestItems ?? {}) : [given.TableName]
    const index = given.IndexName === undefined ? '' : `/index/${given.IndexName}`
    return tables.map((table) => ({ action, resource: arn('dynamodb', `table/${table}${index}`), context: {} }))
  }
  if (target === 'AWSEvents.PutEvents') {
    const { Entries } = JSON.parse(body) as { Entries: { EventBusName: string; Source: string; DetailType: string }[] }
    return Entries.map(({ EventBusName, Source, DetailType }) => ({
      action: 'events:PutEvents',
      resource: EventBusName.startsWith('arn:') ? EventBusName : arn('events', `event-bus/${EventBusName}`),
      context: { 'events:source': [Source], 'events:detail-type': [DetailType] },
    }))
  }
  if (request.url?.startsWith('/v2/email/outbound-emails') === true) {
    const { FromEmailAddress } = JSON.parse(body) as { FromEmailAddress: string }
    const address = /<([^>]+)>/.exec(FromEmailAddress)?.[1] ?? FromEmailAddress
    return [{ action: 'ses:SendEmail', resource: arn('ses', `identity/${address}`), context: { 'ses:FromAddress': address } }]
  }
  const form = new URLSearchParams(body)
  return [{ action: `sns:${form.get('Action') ?? 'unknown'}`, resource: form.get('TopicArn') ?? '', context: {} }]
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

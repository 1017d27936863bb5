import { randomUUID } from 'node:crypto'
import { GetItemCommand } from '@aws-sdk/client-dynamodb'
import { PutEventsCommand } from '@aws-sdk/client-eventbridge'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs'
import { forwarderSource } from '../../shared/events.ts'
import { keys } from '../../shared/table.ts'
import type { Clients } from './load.ts'
import { isAllowed } from './policy.ts'
import { statementsOf, type Stage } from './stage.ts'
import type { Template } from './template.ts'

/** All that is on the stage, and who looks on. */
export interface Play {
  readonly template: Template
  readonly clusters: readonly { readonly name: string; readonly template: Template }[]
  readonly clients: Clients
  readonly stage: Stage
  readonly say: (line: string) => void
  readonly where: { readonly account: string; readonly region: string }
}

/** Puts an event as the cluster's role would; the role's own policy must allow it. */
export async function send(
  { clients, clusters, template, where }: Play,
  cluster: string,
  detailType: string,
  detail: unknown,
): Promise<void> {
  const bus = String(template.resources.find(({ type }) => type === 'AWS::Events::EventBus')?.properties['Name'])
  const source = forwarderSource(cluster)
  const roles = clusters.find(({ name }) => name === cluster)?.template
  const role = roles?.resources.find(({ type }) => type === 'AWS::IAM::Role')
  if (roles === undefined || role === undefined) throw new Error(`the stack of ${cluster} has no role`)
  const allowed = isAllowed(statementsOf(role.id, roles), {
    action: 'events:PutEvents',
    resource: `arn:aws:events:${where.region}:${where.account}:event-bus/${bus}`,
    context: { 'events:source': [source], 'events:detail-type': [detailType] },
  })
  if (!allowed) throw new Error(`the role of ${cluster} may not send '${detailType}' as ${source}`)
  const { FailedEntryCount, Entries } = await clients.events.send(
    new PutEventsCommand({
      Entries: [{ EventBusName: bus, Source: source, DetailType: detailType, Detail: JSON.stringify(detail) }],
    }),
  )
  if (FailedEntryCount !== 0) throw new Error(`the bus refused: ${JSON.stringify(Entries)}`)
}

/** Asks the API as API Gateway would. */
export async function ask(
  play: Play,
  method: string,
  url: string,
  body?: unknown,
): Promise<{ statusCode: number; body: string }> {
  const answer = await functionOf(play, 'query').invoke(requestOf(play, method, url, body))
  const { statusCode, body: text } = (answer ?? {}) as { statusCode?: number; body?: string }
  if (statusCode === undefined || (text === undefined && statusCode !== 204))
    throw new Error(`${method} ${url} was answered with ${JSON.stringify(answer)}`)
  return { statusCode, body: text ?? '' }
}

/** A request as API Gateway hands it on; its route must ask who calls. */
export function requestOf(play: Play, method: string, url: string, body?: unknown): object {
  const route = play.template.resources.find(({ type }) => type === 'AWS::ApiGatewayV2::Route')
  if (route?.properties['AuthorizationType'] !== 'AWS_IAM') throw new Error('the route is open')
  const [rawPath = '', rawQueryString = ''] = url.split('?')
  const routeKey = route.properties['RouteKey']
  return {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString,
    headers: { 'content-type': 'application/json', host: 'api.example.com' },
    ...(rawQueryString !== '' && { queryStringParameters: Object.fromEntries(new URLSearchParams(rawQueryString)) }),
    pathParameters: { proxy: rawPath.replace('/v1/', '') },
    requestContext: {
      accountId: play.where.account,
      apiId: 'api',
      domainName: 'api.example.com',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'rehearsal' },
      requestId: randomUUID(),
      routeKey,
      stage: '$default',
      time: new Date().toISOString(),
      timeEpoch: Date.now(),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    isBase64Encoded: false,
  }
}

/** The running function of that name. */
export function functionOf({ stage }: Play, name: string) {
  const found = stage.functions.get(name)
  if (found === undefined) throw new Error(`the template has no function ${name}`)
  return found
}

/** The queue's name of an `EventQueue` of the stack. */
export function queueOf({ template }: Play, name: string): string {
  const wanted = name.endsWith('DeadLetters') ? name : `${name}Queue`
  const found = template.resources.find(({ id, type }) => type === 'AWS::SQS::Queue' && id.replace(/[0-9A-F]{8}$/, '') === wanted)
  if (found === undefined) throw new Error(`the template has no queue ${wanted}`)
  return found.id
}

/** The stored incident; false where there is none. */
export async function itemOf({ clients, template }: Play, id: string) {
  const TableName = template.resources.find(({ type }) => type === 'AWS::DynamoDB::GlobalTable')?.id
  const { pk, sk } = keys.incident(id)
  const { Item } = await clients.tables.send(new GetItemCommand({ TableName, Key: { pk: { S: pk }, sk: { S: sk } } }))
  return Item ?? false
}

/** The queues that the template's subscriptions speak of are somebody else's: here they are made. */
export async function openQueues({ clients }: Play): Promise<void> {
  for (const QueueName of ['everything', 'critical-of-another-cluster'])
    await clients.queues.send(new CreateQueueCommand({ QueueName }))
}

/** Takes one message out of a queue. */
export async function receive({ clients }: Play, QueueName: string): Promise<string | undefined> {
  const { QueueUrl } = await clients.queues.send(new GetQueueUrlCommand({ QueueName }))
  const { Messages = [] } = await clients.queues.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 1 }))
  const [message] = Messages
  if (message !== undefined)
    await clients.queues.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }))
  return message?.Body
}

/** How many messages a queue holds: visible, taken or delayed. */
export async function countOf({ clients }: Play, QueueName: string): Promise<number> {
  const { QueueUrl } = await clients.queues.send(new GetQueueUrlCommand({ QueueName }))
  const { Attributes = {} } = await clients.queues.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))
  const places = ['', 'NotVisible', 'Delayed'] as const
  return places.reduce((sum, place) => sum + Number(Attributes[`ApproximateNumberOfMessages${place}`] ?? 0), 0)
}

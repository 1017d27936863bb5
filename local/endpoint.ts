import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { PutEventsError, type PutEventsAnswer, type PutEventsEntry } from './bus.ts'
import { toGatewayEvent, writeAnswer } from './gateway.ts'

/** A message that went to the topic. */
export interface TopicMessage {
  readonly subject: string
  /** What e-mail subscribers of the topic would read. */
  readonly text: string
}

/** What the endpoint stands in front of. */
export interface Backends {
  readonly putEvents: (entries: readonly PutEventsEntry[]) => PutEventsAnswer
  readonly publish: (message: TopicMessage) => void
  readonly sendEmail: (body: string) => Promise<string>
  readonly query: (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>
  readonly deadLetters: () => unknown
  readonly redrive: () => unknown
}

const mostBytes = 4 << 20

/** One port for all: PutEvents, SNS Publish and SES SendEmail as AWS answers them, and the query API as API Gateway does. */
export function createEndpoint(backends: Backends): Server {
  return createServer((request, response) => {
    answer(request, response, backends).catch((error: unknown) => {
      if (response.headersSent) response.destroy()
      else fail(response, 500, 'internal', 'the request could not be answered')
      console.error('kulprit: a request failed:', error)
    })
  })
}

async function answer(request: IncomingMessage, response: ServerResponse, backends: Backends): Promise<void> {
  const refusal = strangerIn(request)
  if (refusal !== undefined) return fail(response, 403, 'forbidden', refusal)
  const body = await read(request)
  if (body === undefined) return fail(response, 413, 'too_large', `a request has at most ${mostBytes} bytes`)
  const { method, url = '/' } = request
  const path = url.split('?', 1)[0] ?? '/'
  if (method === 'POST' && path === '/') return aws(request, response, body.toString('utf8'), backends)
  if (method === 'POST' && path === '/v2/email/outbound-emails') {
    try {
      return json(response, 200, { MessageId: await backends.sendEmail(body.toString('utf8')) })
    } catch (error) {
      return json(response, 400, { message: (error as Error).message }, { 'x-amzn-errortype': 'MessageRejected' })
    }
  }
  if (path === '/local/dead-letters')
    return method === 'GET' ? json(response, 200, backends.deadLetters()) : notAllowed(response, 'GET')
  if (path === '/local/dead-letters/redrive')
    return method === 'POST' ? json(response, 200, backends.redrive()) : notAllowed(response, 'POST')
  if (path.startsWith('/v1/')) return writeAnswer(response, await backends.query(toGatewayEvent(request, body)))
  if (path === '/')
    return method === 'GET' || method === 'HEAD' ? json(response, 200, index) : notAllowed(response, 'GET, HEAD, POST')
  return fail(response, 404, 'not_found', `there is nothing at ${path}; see /v1/openapi.json`)
}

const index = {
  name: 'kulprit',
  api: ['/v1/incidents', '/v1/clusters', '/v1/statistics', '/v1/causes', '/v1/silences', '/v1/health'],
  openapi: '/v1/openapi.json',
  events: 'POST / (AWS JSON protocol, AWSEvents.PutEvents)',
  deadLetters: '/local/dead-letters',
}

/** Any web page that is open in a browser of this machine can send requests here, under a name of its own or from a page of its own. */
function strangerIn({ headers }: IncomingMessage): string | undefined {
  const isOurs = (host: string) => /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(host)
  if (headers.host !== undefined && !isOurs(headers.host)) return `this is not ${headers.host}`
  if (headers.origin !== undefined && !isOurs(headers.origin.replace(/^https?:\/\//, '')))
    return `requests from pages of ${headers.origin} are not answered`
  return undefined
}

async function read(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size <= mostBytes) chunks.push(chunk)
  }
  return size > mostBytes ? undefined : Buffer.concat(chunks)
}

function aws(request: IncomingMessage, response: ServerResponse, body: string, backends: Backends): void {
  const target = request.headers['x-amz-target']
  if (target === 'AWSEvents.PutEvents') return putEvents(response, body, backends)
  if (typeof target === 'string')
    return awsError(response, 'UnknownOperationException', `${target} is not known here; AWSEvents.PutEvents is`)
  const form = new URLSearchParams(body)
  if (form.get('Action') === 'Publish') return publish(response, form, backends)
  fail(response, 400, 'bad_request', 'POST / takes AWSEvents.PutEvents (AWS JSON) and SNS Publish (a form)')
}

function putEvents(response: ServerResponse, body: string, { putEvents: put }: Backends): void {
  let entries: unknown
  try {
    entries = (JSON.parse(body) as { Entries?: unknown }).Entries
  } catch {
    return awsError(response, 'SerializationException', 'the request is not JSON')
  }
  if (!Array.isArray(entries)) return awsError(response, 'ValidationException', 'Entries is a required list')
  try {
    response
      .writeHead(200, { 'content-type': 'application/x-amz-json-1.1' })
      .end(JSON.stringify(put(entries as readonly PutEventsEntry[])))
  } catch (error) {
    if (!(error instanceof PutEventsError)) throw error
    awsError(response, error.code, error.message)
  }
}

function publish(response: ServerResponse, form: URLSearchParams, backends: Backends): void {
  backends.publish({ subject: form.get('Subject') ?? '', text: textOf(form) })
  const id = randomUUID()
  const xml =
    `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>${id}</MessageId></PublishResult>` +
    `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></PublishResponse>`
  response.writeHead(200, { 'content-type': 'text/xml' }).end(xml)
}

/** With MessageStructure json, each protocol has its own text. */
function textOf(form: URLSearchParams): string {
  const message = form.get('Message') ?? ''
  if (form.get('MessageStructure') !== 'json') return message
  const { email, default: standard } = JSON.parse(message) as { email?: string; default?: string }
  return email ?? standard ?? ''
}

const json = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) =>
  void response
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers })
    .end(`${JSON.stringify(body)}\n`)
const fail = (response: ServerResponse, status: number, code: string, message: string) =>
  json(response, status, { error: { code, message } })
const notAllowed = (response: ServerResponse, allow: string) =>
  json(response, 405, { error: { code: 'method_not_allowed', message: `allowed: ${allow}` } }, { allow })
const awsError = (response: ServerResponse, type: string, message: string) =>
  void response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify({ __type: type, message }))

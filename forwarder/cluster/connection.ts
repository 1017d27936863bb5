import http, { type IncomingMessage, type RequestOptions } from 'node:http'
import https from 'node:https'
import { createHash } from 'node:crypto'
import { StringDecoder } from 'node:string_decoder'

/** What an API server wants to see before it answers; asked anew for each request, so that rotated tokens and certificates take effect. */
export interface Credentials {
  readonly headers?: Readonly<Record<string, string>>
  readonly ca?: string | Buffer
  readonly cert?: string | Buffer
  readonly key?: string | Buffer
  readonly rejectUnauthorized?: boolean
  readonly servername?: string
  /** A proxy's agent, where the way to the API server leads through one. */
  readonly agent?: http.Agent
}

export interface ConnectionOptions {
  readonly server: string
  readonly credentials: () => Promise<Credentials>
  readonly onRequest?: (verb: string, path: string) => void
}

interface Query {
  readonly [name: string]: string | number | boolean | undefined
}

interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT'
  readonly query?: Query
  readonly body?: unknown
  readonly accept?: string
  readonly timeout?: number
  readonly signal?: AbortSignal
}

/** The API server of one cluster, spoken to in plain HTTP: answers stay as small as what is asked, and nothing is cached. */
export interface ClusterConnection {
  readonly server: string
  json<T>(path: string, call?: Call): Promise<T>
  text(path: string, call?: Call): Promise<string>
  /** Calls back with each line of an answer that does not end; resolves when the server ends it. */
  lines(path: string, call: Call & { readonly idle: number }, onLine: (line: string) => void): Promise<void>
  close(): void
}

/** An answer of the API server other than success. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly reason: string | undefined
  constructor(method: string, path: string, status: number, body: string) {
    const { message, reason } = statusOf(body)
    super(`${method} ${path}: ${status} ${message}`)
    this.status = status
    this.reason = reason
  }
}

function statusOf(body: string): { message: string; reason?: string } {
  try {
    const { message, reason } = JSON.parse(body) as { message?: string; reason?: string }
    return { message: message ?? body.slice(0, 300), ...(reason !== undefined && { reason }) }
  } catch {
    return { message: body.slice(0, 300) } // proxies answer in HTML
  }
}

const answerLimit = 64 << 20

export function connectTo({ server, credentials, onRequest }: ConnectionOptions): ClusterConnection {
  const base = server.endsWith('/') ? server.slice(0, -1) : server
  const secure = base.startsWith('https:')
  let agent: { readonly mark: string; readonly agent: http.Agent } | undefined

  /** One agent as long as the certificates stay what they are: a new one when they were rotated. */
  function agentFor(given: Credentials): http.Agent {
    if (given.agent !== undefined) return given.agent
    const hash = createHash('sha1')
    for (const part of [given.ca, given.cert, given.key]) hash.update(part ?? '').update('\u0000')
    const mark = hash.digest('hex')
    if (agent?.mark === mark) return agent.agent
    agent?.agent.destroy()
    const { ca, cert, key, rejectUnauthorized, servername } = given
    const options = {
      keepAlive: true,
      keepAliveMsecs: 15_000,
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
      ...(servername !== undefined && { servername }),
    }
    agent = { mark, agent: secure ? new https.Agent(options) : new http.Agent(options) }
    return agent.agent
  }

  async function open(path: string, call: Call): Promise<IncomingMessage> {
    const given = await credentials()
    const method = call.method ?? 'GET'
    const url = new URL(base + path)
    for (const [name, value] of Object.entries(call.query ?? {}))
      if (value !== undefined) url.searchParams.set(name, String(value))
    onRequest?.(call.query?.['watch'] === true ? 'WATCH' : method, path)
    const body = call.body === undefined ? undefined : JSON.stringify(call.body)
    const options: RequestOptions = {
      method,
      agent: agentFor(given),
      headers: {
        accept: call.accept ?? 'application/json',
        'user-agent': 'kulprit-forwarder',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...given.headers,
      },
      timeout: call.timeout ?? 30_000,
      ...(call.signal !== undefined && { signal: call.signal }),
    }
    return new Promise((resolve, reject) => {
      const request = (secure ? https : http).request(url, options, resolve)
      request.on('timeout', () => request.destroy(new Error(`${method} ${path}: no answer in ${options.timeout} ms`)))
      request.on('error', reject)
      request.end(body)
    })
  }

  async function text(path: string, call: Call = {}): Promise<string> {
    const response = await open(path, call)
    const body = await read(response)
    if ((response.statusCode ?? 500) >= 300) throw new ApiError(call.method ?? 'GET', path, response.statusCode ?? 500, body)
    return body
  }

  return {
    server: base,
    text,
    json: async <T>(path: string, call?: Call) => JSON.parse(await text(path, call)) as T,
    lines: async (path, { idle, ...call }, onLine) => {
      const response = await open(path, { ...call, timeout: idle })
      if ((response.statusCode ?? 500) >= 300) throw new ApiError('WATCH', path, response.statusCode ?? 500, await read(response))
      await readLines(response, onLine)
    },
    close: () => agent?.agent.destroy(),
  }
}

async function read(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    size += chunk.length
    if (size > answerLimit) throw new Error(`an answer of more than ${answerLimit} bytes`)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function readLines(response: IncomingMessage, onLine: (line: string) => void): Promise<void> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  return new Promise((resolve, reject) => {
    response.on('data', (chunk: Buffer) => {
      const lines = (rest + decoder.write(chunk)).split('\n')
      rest = lines.pop() ?? ''
      try {
        for (const line of lines) if (line !== '') onLine(line)
      } catch (error) {
        response.destroy(error as Error)
      }
    })
    response.on('end', resolve)
    response.on('error', reject)
    response.on('close', resolve)
  })
}

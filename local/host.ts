import { once } from 'node:events'
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context, SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { detailTypes, incidentChanged, rulePatterns, type Envelope, type IncidentChanged } from '../shared/events.ts'
import { openAnnounced } from './announced.ts'
import { openBus, type PutEventsAnswer, type PutEventsEntry } from './bus.ts'
import { openDatabase } from './database.ts'
import { createEndpoint, type TopicMessage } from './endpoint.ts'
import { lambdaContext } from './gateway.ts'
import type { DeadLetter } from './journal.ts'
import { DataDirectoryError, lockDirectory } from './lock.ts'
import { openMailbox } from './mailbox.ts'
import { openQueue, type Queue } from './queue.ts'

export interface HostOptions {
  /** On 127.0.0.1; 0 for any free one. */
  readonly port: number
  /** Everything that must survive a restart. */
  readonly data: string
  readonly mailTo?: string | undefined
  readonly smtp?: string | undefined
  /** Milliseconds; the defaults are those of the queues in AWS, but for shorter retries. */
  readonly notifyDelay?: number
  readonly visibility?: number
  readonly sweepEvery?: number
  readonly onChange?: (changed: IncidentChanged) => void
  readonly onMessage?: (message: TopicMessage) => void
  readonly onMail?: (mail: { readonly file: string; readonly subject: string }) => void
  readonly onDeadLetter?: (queue: string, letter: DeadLetter) => void
}

export interface Host {
  readonly url: string
  readonly bus: string
  /** Puts events on the bus, as PutEvents does. */
  readonly put: (entries: readonly PutEventsEntry[]) => PutEventsAnswer
  /** Runs the sweep, as its schedule does each minute. */
  readonly sweep: () => Promise<void>
  /** Messages that wait in the queues, the delayed ones among them. */
  readonly waiting: () => number
  readonly close: () => Promise<void>
}

/** The port cannot be listened at. */
export class PortError extends Error {
  override readonly name = 'PortError'
}

const table = 'kulprit'
const bus = 'kulprit'
const topic = 'arn:aws:sns:local:000000000000:kulprit'
const functionTimeout = 30_000

type Handler<E, A> = (event: E, context: Context) => Promise<A>

/** Starts the whole product in this process: the functions as Lambda runs them, and what they need of AWS around them. */
export async function startHost(options: HostOptions): Promise<Host> {
  const data = resolve(options.data)
  const release = prepare(data)
  const opened: (() => Promise<void> | void)[] = [release]
  const close = async () => {
    for (const shut of opened.toReversed()) await shut()
  }
  try {
    return await start(options, data, opened, close)
  } catch (error) {
    await close()
    throw error
  }
}

async function start(
  options: HostOptions,
  data: string,
  opened: (() => Promise<void> | void)[],
  close: () => Promise<void>,
): Promise<Host> {
  const mailbox = openMailbox({ folder: join(data, 'mail'), smtp: options.smtp })
  opened.push(() => mailbox.close())
  const announced = openAnnounced(join(data, 'announced'))
  const queues: Queue[] = []
  const eventBus = openBus(bus, [
    { pattern: rulePatterns.diagnose, target: (events) => queues[0]?.send(bodies(events)) },
    { pattern: rulePatterns.notify, target: (events) => queues[1]?.send(bodies(events)) },
    {
      pattern: rulePatterns.notify,
      target: (events) => announce(events, (changed) => announced.isNew(changed) && options.onChange?.(changed)),
    },
  ])
  const ready: { query?: Handler<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2> } = {}
  const server = createEndpoint({
    putEvents: eventBus.put,
    publish: (message) => options.onMessage?.(message),
    sendEmail: async (body) => {
      const { messageId, ...mail } = await mailbox.accept(body)
      options.onMail?.(mail)
      return messageId
    },
    query: async (event) =>
      ready.query === undefined
        ? { statusCode: 503, body: JSON.stringify({ error: { code: 'starting', message: 'Kulprit is starting, try again' } }) }
        : ready.query(event, lambdaContext('query', functionTimeout)),
    deadLetters: () => ({
      items: queues.flatMap((queue) => queue.dead().map((letter) => ({ queue: queue.name, ...readable(letter) }))),
    }),
    redrive: () => ({ redriven: queues.reduce((sum, queue) => sum + queue.redrive(), 0) }),
  })
  // The port comes first: a second start by mistake fails before it touches anything.
  const url = await listen(server, options.port)
  opened.push(
    () =>
      new Promise<void>((resolved) => {
        server.close(() => resolved())
        server.closeAllConnections()
      }),
  )
  const database = await openDatabase(join(data, 'table'), table)
  opened.push(database.close)
  setEnvironment({ url, database: database.endpoint, ...options })
  const functions = await importFunctions()
  ready.query = functions.query

  const queue = (name: string, delay: number, consume: Handler<SQSEvent, SQSBatchResponse | undefined>) => {
    const one = openQueue({
      name,
      file: join(data, 'queues', `${name}.jsonl`),
      delay,
      visibility: options.visibility ?? 5_000,
      maxReceives: 5,
      consume: (event) => consume(event, lambdaContext(name, functionTimeout)),
      onDead: (letter) => options.onDeadLetter?.(name, letter),
    })
    queues.push(one)
    opened.push(() => one.stop())
  }
  queue('diagnose', 0, functions.diagnose)
  queue('notify', options.notifyDelay ?? 30_000, functions.notify)

  const sweep = async () => void (await functions.sweep({}, lambdaContext('sweep', functionTimeout)))
  let sweeping = Promise.resolve()
  const timer = setInterval(() => {
    sweeping = sweep().catch((error: unknown) => console.error('kulprit: the sweep failed:', error))
  }, options.sweepEvery ?? 60_000)
  opened.push(() => {
    clearInterval(timer)
    return sweeping
  })
  return { url, bus, put: eventBus.put, sweep, waiting: () => queues.reduce((sum, one) => sum + one.waiting(), 0), close }
}

function prepare(data: string): () => void {
  try {
    for (const folder of ['', 'table', 'queues', 'mail', 'spool']) makeFolder(join(data, folder))
    accessSync(data, constants.W_OK)
    return lockDirectory(data)
  } catch (error) {
    if (error instanceof DataDirectoryError) throw error
    throw new DataDirectoryError(
      `${data} cannot be written to: ${(error as Error).message}. Choose another with --data DIRECTORY`,
      { cause: error },
    )
  }
}

/** Level by level: Node's own recursive way never returns below a folder such as /proc, which exists and takes no entries. */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  mkdirSync(path)
}

async function listen(server: ReturnType<typeof createEndpoint>, port: number): Promise<string> {
  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const why =
      code === 'EADDRINUSE'
        ? `something else listens at 127.0.0.1:${port} already (another kulprit?)`
        : `127.0.0.1:${port}: ${message}`
    throw new PortError(`${why}. Choose another with --port NUMBER`, { cause: error })
  }
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The functions read this at import; the SDK goes where AWS_ENDPOINT_URL_* says. Real credentials of the user must not sign for it. */
function setEnvironment({
  url,
  database,
  mailTo,
}: {
  readonly url: string
  readonly database: string
  readonly mailTo?: string | undefined
}): void {
  for (const name of ['AWS_PROFILE', 'AWS_SESSION_TOKEN', 'AWS_ENDPOINT_URL']) delete process.env[name]
  Object.assign(process.env, {
    AWS_REGION: 'local',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_DYNAMODB: database,
    AWS_ENDPOINT_URL_EVENTBRIDGE: url,
    AWS_ENDPOINT_URL_SNS: url,
    AWS_ENDPOINT_URL_SESV2: url,
    KULPRIT_TABLE: table,
    KULPRIT_BUS: bus,
    KULPRIT_TOPIC: topic,
    KULPRIT_MAIL_FROM: process.env['KULPRIT_MAIL_FROM'] ?? 'kulprit@localhost',
    KULPRIT_MAIL_TO: mailTo ?? process.env['KULPRIT_MAIL_TO'] ?? 'you@localhost',
    // Links of messages lead to the incident itself: PAGE/incidents/ID.
    KULPRIT_PAGE: `${url}/v1`,
    POWERTOOLS_LOG_LEVEL: process.env['POWERTOOLS_LOG_LEVEL'] ?? 'ERROR',
    POWERTOOLS_METRICS_DISABLED: 'true',
  })
}

async function importFunctions() {
  const [diagnose, notify, query, sweep] = await Promise.all([
    import('../functions/diagnose.ts'),
    import('../functions/notify.ts'),
    import('../functions/query.ts'),
    import('../functions/sweep.ts'),
  ])
  // middy types its handlers by what Lambda's oldest runtimes gave them too: a callback.
  return {
    diagnose: diagnose.handler as unknown as Handler<SQSEvent, SQSBatchResponse | undefined>,
    notify: notify.handler as unknown as Handler<SQSEvent, SQSBatchResponse | undefined>,
    query: query.handler as unknown as Handler<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>,
    sweep: sweep.handler as unknown as Handler<unknown, unknown>,
  }
}

const bodies = (events: readonly Envelope[]) => events.map((event) => JSON.stringify(event))

function announce(events: readonly Envelope[], onChange: (changed: IncidentChanged) => unknown): void {
  for (const event of events) {
    const changed = event['detail-type'] === detailTypes.incidentChanged ? incidentChanged.safeParse(event.detail) : undefined
    if (changed?.success === true) onChange(changed.data)
  }
}

function readable({ id, receives, sentAt, diedAt, reason, body }: DeadLetter) {
  return { id, receives, sentAt: new Date(sentAt).toISOString(), diedAt: new Date(diedAt).toISOString(), reason, body }
}

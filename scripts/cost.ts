/** Prints what a month costs, from units measured now: the functions run on an embedded DynamoDB that says what it would bill. */
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import dynalite from 'dynalite'
import { createTable } from '../shared/aws/create-table.ts'
import { connectTable } from '../shared/aws/table.ts'
import { detailTypes, forwarderSource } from '../shared/events.ts'
import { identityOf } from '../shared/incident.ts'
import { openMeter, type Units } from './cost-units.ts'
import { startDynamoDb } from './rehearse/emulators.ts'
import { observationOf } from './rehearse/observations.ts'
import { tools } from './rehearse/tools.ts'

/** List prices in US dollars, us-east-1, without the free tier. */
const prices = {
  event: 1 / 1e6,
  archivedGigabyte: 0.1 + 0.023 * 0.5,
  queueRequest: 0.4 / 1e6,
  invocation: 0.2 / 1e6,
  gigabyteSecond: 0.000_013_333_4,
  readUnit: 0.125 / 1e6,
  writeUnit: 0.625 / 1e6,
  storedGigabyte: 0.25 + 0.2,
  publication: 0.5 / 1e6,
  mail: 0.1 / 1000,
  loggedGigabyte: 0.5,
  apiRequest: 1 / 1e6,
  scheduled: 1 / 1e6,
  key: 1,
  alarm: 0.1,
  dashboard: 3,
  metric: 0.3,
} as const

/** What a month is taken to hold. */
const month = { minutes: 43_800, days: 30.4, failuresADay: 20, repetitionsOfEach: 10, apiRequestsADay: 2_000 } as const
/** Five pollers of each of two queues ask every 20 seconds, whether there is anything or not. */
const emptyPolls = 2 * 5 * 3 * month.minutes
/** Incidents of a busy cluster that are open at the same time. */
const openAtOnce = 2
const memoryGigabytes = 0.5
/** What a call to another service takes within a region; here it takes nothing. */
const networkMilliseconds = 4
const logBytes = 700
const alarms = 20
const metrics = 8

// DynamoDB Local counts what the indexes take; dynalite does not.
const local = existsSync(tools.dynamoDbLocal) ? await startDynamoDb() : undefined
const embedded = local === undefined ? dynalite({ createTableMs: 0 }).listen(0, '127.0.0.1') : undefined
if (embedded !== undefined) await once(embedded, 'listening')
const dynamoDb = local?.url ?? `http://127.0.0.1:${(embedded?.address() as AddressInfo | undefined)?.port}`
if (local === undefined)
  console.log("write units without those of the indexes: 'npm run rehearse' installs DynamoDB Local, which counts them\n")
const meter = await openMeter(dynamoDb)
Object.assign(process.env, {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'cost',
  AWS_SECRET_ACCESS_KEY: 'cost',
  AWS_ENDPOINT_URL: meter.url,
  KULPRIT_TABLE: 'cost',
  KULPRIT_BUS: 'cost',
  KULPRIT_TOPIC: 'arn:aws:sns:us-east-1:111122223333:cost',
  KULPRIT_MAIL_FROM: 'kulprit@example.com',
  KULPRIT_MAIL_TO: 'oncall@example.com',
  POWERTOOLS_LOG_LEVEL: 'SILENT',
  POWERTOOLS_METRICS_DISABLED: 'true',
})
const table = connectTable('cost', { endpoint: dynamoDb })
await createTable(table)
const handlers = {
  diagnose: (await import('../functions/diagnose.ts')).handler,
  notify: (await import('../functions/notify.ts')).handler,
  sweep: (await import('../functions/sweep.ts')).handler,
  query: (await import('../functions/query.ts')).handler,
} as unknown as Record<string, (event: unknown, context: object) => Promise<unknown>>
const call = (name: keyof typeof handlers, event: unknown) => handlers[name]?.(event, { getRemainingTimeInMillis: () => 60_000 })

const now = () => new Date().toISOString()
const envelope = (source: string, type: string, detail: unknown) => ({
  id: '1',
  source,
  'detail-type': type,
  time: now(),
  detail,
})
const records = (...bodies: unknown[]) => ({
  Records: bodies.map((body, i) => ({ messageId: `${i}`, body: JSON.stringify(body), attributes: {} })),
})
const ask = (rawPath: string, rawQueryString = '') => ({
  version: '2.0',
  rawPath,
  rawQueryString,
  headers: {},
  requestContext: { http: { method: 'GET', path: rawPath } },
  isBase64Encoded: false,
})

const beat = (cluster: string) => ({
  schema: 1,
  cluster,
  at: now(),
  kubernetesVersion: 'v1.34.5',
  forwarderVersion: '0.1.0',
  counts: { nodes: 10, pods: 200, failing: 0 },
  dropped: {},
})
const failureOf = (cluster: string, workload: string, n: number) =>
  envelope(forwarderSource(cluster), detailTypes.failureObserved, observationOf(cluster, workload, n, now()))
const heartbeatOf = (cluster: string) => envelope(forwarderSource(cluster), detailTypes.clusterHeartbeat, beat(cluster))
const recoveryOf = (cluster: string, workload: string) =>
  envelope(forwarderSource(cluster), detailTypes.workloadRecovered, {
    schema: 1,
    id: `rec_${cluster}_${workload}`,
    cluster,
    namespace: 'shop',
    workload: { kind: 'Deployment', name: workload },
    at: now(),
    reason: 'ready',
  })
const changeOf = (cluster: string, workload: string) =>
  envelope('kulprit', detailTypes.incidentChanged, {
    incident: { id: identityOf(observationOf(cluster, workload, 0, now()).subject) },
  })

/** The middle of several tries, so that the first of them, which loads code, does not count. */
async function typical(times: number, work: (i: number) => Promise<unknown> | undefined): Promise<Units> {
  const all: Units[] = []
  for (let i = 0; i < times; i++) all.push(await meter.measure(async () => work(i)))
  return all.sort((a, b) => a.milliseconds - b.milliseconds)[Math.floor(times / 2)] as Units
}

const sizes = [1, 10, 1000] as const
const tellers = 9
for (let i = 0; i < tellers; i++) await call('diagnose', records(failureOf(`t${i}`, 'none', 0)))
const units = {
  'a heartbeat': await typical(9, () => call('diagnose', records(heartbeatOf('c0')))),
  'a new failure': await typical(9, (i) => call('diagnose', records(failureOf('c0', `w${i}`, 0)))),
  'the same failure again': await typical(9, (i) => call('diagnose', records(failureOf('c0', `w${i}`, 1)))),
  'telling of it': await typical(tellers, (i) => call('notify', records(changeOf(`t${i}`, 'none')))),
  'a recovery': await typical(9, (i) => call('diagnose', records(recoveryOf('c0', `w${i}`)))),
  'a page of the API': await typical(9, () => call('query', ask('/v1/incidents', 'status=open'))),
} as const

/** A sweep sees every cluster and every open incident: measured with as many as there would be. */
const sweeps = new Map<string, Units>()
let clusters = 0
let open = 0
for (const size of sizes) {
  for (; clusters < size; clusters++) await call('diagnose', records(heartbeatOf(`c${clusters}`)))
  sweeps.set(`${size} idle`, await typical(3, () => call('sweep', {})))
  for (; open < size * openAtOnce; open++) await call('diagnose', records(failureOf(`c${open % size}`, `open${open}`, 0)))
  sweeps.set(`${size} busy`, await typical(3, () => call('sweep', {})))
}

console.log('| work | DynamoDB read units | write units | calls to AWS | events | ms here | KB of its item |')
console.log('| --- | --: | --: | --: | --: | --: | --: |')
for (const [name, one] of [
  ...Object.entries(units),
  ...[...sweeps].map(([name, one]) => [`a sweep, clusters: ${name}`, one] as const),
])
  console.log(
    `| ${[name, one.readUnits.toFixed(1), one.writeUnits.toFixed(1), one.calls, one.events, one.milliseconds.toFixed(0), (one.itemBytes / 1000).toFixed(1)].join(' | ')} |`,
  )

const costOf = ({ readUnits, writeUnits, calls, events, published, mails, milliseconds }: Units): number =>
  readUnits * prices.readUnit +
  writeUnits * prices.writeUnit +
  events * prices.event +
  published * prices.publication +
  mails * prices.mail +
  prices.invocation +
  ((milliseconds + calls * networkMilliseconds) / 1000) * memoryGigabytes * prices.gigabyteSecond +
  (logBytes / 1e9) * prices.loggedGigabyte

/** An event on its way from a forwarder: the bus, the archive, and the queue's send, receive and delete. */
const way = (bytes: number): number => prices.event + (bytes / 1e9) * prices.archivedGigabyte + 3 * prices.queueRequest
const bytesOf = (event: object): number => Buffer.byteLength(JSON.stringify(event))
const heartbeatBytes = bytesOf(heartbeatOf('c0'))
const failureBytes = bytesOf(failureOf('c0', 'w0', 0))

function monthly(size: number, busy: boolean): { readonly name: string; readonly dollars: number }[] {
  const failures = busy ? size * month.failuresADay * month.days : 0
  const sweep = sweeps.get(`${size} ${busy ? 'busy' : 'idle'}`)
  if (sweep === undefined) throw new Error(`no sweep of ${size} clusters was measured`)
  const kept = failures * 3 * (units['a new failure'].itemBytes / 1e9)
  return [
    { name: 'heartbeats', dollars: size * month.minutes * (way(heartbeatBytes) + costOf(units['a heartbeat'])) },
    {
      name: 'failures, recoveries, messages',
      dollars:
        failures * (way(failureBytes) + costOf(units['a new failure'])) +
        failures * month.repetitionsOfEach * (way(failureBytes) + costOf(units['the same failure again'])) +
        failures * (way(heartbeatBytes) + costOf(units['a recovery'])) +
        failures * 2 * (3 * prices.queueRequest + costOf(units['telling of it'])) +
        kept * prices.storedGigabyte,
    },
    { name: 'sweep', dollars: month.minutes * (prices.scheduled + costOf(sweep)) },
    {
      name: 'API',
      dollars: busy ? month.apiRequestsADay * month.days * (prices.apiRequest + costOf(units['a page of the API'])) : 0,
    },
    { name: 'empty queues', dollars: emptyPolls * prices.queueRequest },
    {
      name: 'key, alarms, dashboard, metrics',
      dollars: prices.key + alarms * prices.alarm + prices.dashboard + metrics * prices.metric,
    },
  ]
}

console.log(`\n| US dollars a month | ${sizes.flatMap((size) => [`${size} idle`, `${size} busy`]).join(' | ')} |`)
console.log(`| --- | ${sizes.flatMap(() => ['--:', '--:']).join(' | ')} |`)
const columns = sizes.flatMap((size) => [monthly(size, false), monthly(size, true)])
for (const [i, { name }] of (columns[0] ?? []).entries())
  console.log(`| ${name} | ${columns.map((column) => column[i]?.dollars.toFixed(2)).join(' | ')} |`)
console.log(
  `| **all** | ${columns.map((column) => `**${column.reduce((sum, { dollars }) => sum + dollars, 0).toFixed(2)}**`).join(' | ')} |`,
)

meter.close()
table.client.destroy()
local?.child.kill()
embedded?.close()
process.exit(0)

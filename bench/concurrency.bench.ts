/** Many consumers at once, a table that throttles, every event delivered in any order and some twice: are the incidents exactly right? */
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import dynalite from 'dynalite'
import { createTable } from '../shared/aws/create-table.ts'
import { loadIncident } from '../shared/aws/incidents.ts'
import { connectTable } from '../shared/aws/table.ts'
import { detailTypes, forwarderSource } from '../shared/events.ts'
import { identityOf } from '../shared/incident.ts'
import { startDynamoDb } from '../scripts/rehearse/emulators.ts'
import { observationOf } from '../scripts/rehearse/observations.ts'
import { tools } from '../scripts/rehearse/tools.ts'
import { openThrottlingEndpoint } from './throttling-endpoint.ts'

const { values } = parseArgs({
  options: {
    observations: { type: 'string', default: '10000' },
    workloads: { type: 'string', default: '1000' },
    consumers: { type: 'string', default: '20' },
    throttled: { type: 'string', default: '0.1' },
    twice: { type: 'string', default: '0.05' },
    seed: { type: 'string', default: '1' },
  },
})
const [observations, workloads, consumers] = [Number(values.observations), Number(values.workloads), Number(values.consumers)]

/** Park and Miller's generator: the same seed plays the same run. */
let state = Number(values.seed)
const random = () => {
  state = (state * 48_271) % 2_147_483_647
  return state / 2_147_483_647
}
let throttle = Number(values.seed) + 7
let isThrottling = true
const throttled = () => {
  if (!isThrottling) return false
  throttle = (throttle * 48_271) % 2_147_483_647
  return throttle / 2_147_483_647 < Number(values.throttled)
}

const local = existsSync(tools.dynamoDbLocal) ? await startDynamoDb() : undefined
const embedded = local === undefined ? dynalite({ createTableMs: 0 }).listen(0, '127.0.0.1') : undefined
if (embedded !== undefined) await once(embedded, 'listening')
const dynamoDb = local?.url ?? `http://127.0.0.1:${(embedded?.address() as AddressInfo | undefined)?.port}`
const endpoint = await openThrottlingEndpoint(dynamoDb, throttled)
Object.assign(process.env, {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
  AWS_ENDPOINT_URL: endpoint.url,
  KULPRIT_TABLE: 'concurrency',
  KULPRIT_BUS: 'concurrency',
  POWERTOOLS_LOG_LEVEL: 'SILENT',
  POWERTOOLS_METRICS_DISABLED: 'true',
})
const table = connectTable('concurrency', { endpoint: dynamoDb })
await createTable(table)
// The handler reads its environment when it is loaded.
const { handler } = await import('../functions/diagnose.ts')
const invoke = handler as unknown as (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>

const start = Date.now() - observations * 1000
const all = Array.from({ length: observations }, (_, i) => {
  const at = new Date(start + i * 1000).toISOString()
  return observationOf(`cluster-${i % 5}`, `workload-${i % workloads}`, Math.floor(i / workloads), at)
})
let message = 0
const queue = all
  .flatMap((one) => (random() < Number(values.twice) ? [one, one] : [one]))
  .map((one) => ({ order: random(), record: recordOf(one.cluster, one), received: 0 }))
  .sort((a, b) => a.order - b.order)
const delivered = queue.length

function recordOf(cluster: string, detail: unknown): SQSRecord {
  const envelope = {
    id: String(message),
    source: forwarderSource(cluster),
    'detail-type': detailTypes.failureObserved,
    time: new Date().toISOString(),
    detail,
  }
  return { messageId: String(message++), body: JSON.stringify(envelope), attributes: {} } as unknown as SQSRecord
}

const seen = { batches: 0, redelivered: 0 }
const dead: typeof queue = []
async function consume(): Promise<void> {
  for (;;) {
    const batch = queue.splice(0, 10)
    if (batch.length === 0) return
    seen.batches++
    const context = { getRemainingTimeInMillis: () => 30_000 } as Context
    const { batchItemFailures } = await invoke({ Records: batch.map(({ record }) => record) }, context)
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier))
    for (const one of batch.filter(({ record }) => failed.has(record.messageId))) {
      if (one.received === 4) dead.push({ ...one, received: 0 })
      else queue.push({ ...one, received: one.received + 1 })
      seen.redelivered++
    }
  }
}

const began = performance.now()
await Promise.all(Array.from({ length: consumers }, consume))
const seconds = (performance.now() - began) / 1000
// What five attempts could not bring in waits in the dead-letter queue: an operator puts it back once the throttling is over.
const letters = dead.length
isThrottling = false
queue.push(...dead.splice(0))
await Promise.all(Array.from({ length: consumers }, consume))

const wanted = new Map<string, { subject: (typeof all)[number]; times: number; last: string }>()
for (const one of all) {
  const id = identityOf(one.subject)
  const before = wanted.get(id)
  wanted.set(id, { subject: one, times: (before?.times ?? 0) + 1, last: one.observedAt })
}
const wrong: string[] = []
for (const [id, { times, last }] of wanted) {
  const incident = await loadIncident(table, id, new Date().toISOString())
  if (incident === undefined) wrong.push(`${id} is missing`)
  else if (incident.occurrences !== times) wrong.push(`${id} counts ${incident.occurrences} occurrences instead of ${times}`)
  else if (incident.lastSeenAt !== last) wrong.push(`${id} was last seen at ${incident.lastSeenAt} instead of ${last}`)
  else if (incident.observation.observedAt !== last)
    wrong.push(`${id} keeps the evidence of ${incident.observation.observedAt} instead of ${last}`)
  else if (incident.status !== 'open') wrong.push(`${id} is ${incident.status}`)
  if (!(endpoint.announced.get(id) ?? []).includes('opened')) wrong.push(`${id} was never announced`)
}
const openedTwice = [...endpoint.announced.values()].filter(
  (changes) => changes.filter((change) => change === 'opened').length > 1,
).length

const { requests, throttled: refused, conflicts, failed } = endpoint.counts
console.log(
  `${observations} observations of ${wanted.size} workloads, ${delivered} deliveries in random order, ${consumers} consumers, ${local === undefined ? 'dynalite' : 'DynamoDB Local'}`,
)
console.log(`took                         ${seconds.toFixed(1)} s, ${(delivered / seconds).toFixed(0)} events a second`)
console.log(`requests to DynamoDB         ${requests}, ${(requests / delivered).toFixed(2)} an event`)
console.log(`throttled, tried again       ${refused} (${((100 * refused) / requests).toFixed(1)} %)`)
console.log(`conditions that did not hold ${conflicts}`)
console.log(`other failures               ${failed}`)
console.log(
  `events delivered again       ${seen.redelivered}; ${letters} became dead letters and were put back, ${dead.length} failed again`,
)
console.log(`incidents right              ${wanted.size - wrong.length} of ${wanted.size}; opened announced twice ${openedTwice}`)
for (const line of wrong.slice(0, 10)) console.log(`  WRONG ${line}`)
endpoint.close()
table.client.destroy()
local?.child.kill()
embedded?.close()
process.exit(wrong.length === 0 ? 0 : 1)

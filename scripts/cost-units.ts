import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What one piece of work took, in the units that AWS bills. */
export interface Units {
  readonly readUnits: number
  readonly writeUnits: number
  readonly calls: number
  readonly events: number
  readonly published: number
  readonly mails: number
  readonly milliseconds: number
  /** Bytes that stand in the largest item written. */
  readonly itemBytes: number
}

/** An endpoint between the functions and the embedded DynamoDB that asks for, and adds up, the consumed capacity. */
export interface Meter {
  readonly url: string
  readonly measure: (work: () => Promise<unknown>) => Promise<Units>
  readonly close: () => void
}

interface Capacity {
  readonly CapacityUnits?: number
}

export async function openMeter(dynamoDb: string): Promise<Meter> {
  let counts = fresh()
  const server = createServer((request, response) => {
    void (async () => {
      const body = await textOf(request)
      const target = String(request.headers['x-amz-target'] ?? '')
      counts.calls++
      const answer = (type: string, text: string) => {
        response.writeHead(200, { 'content-type': type })
        response.end(text)
      }
      if (target === 'AWSEvents.PutEvents') {
        const { Entries } = JSON.parse(body) as { Entries: { Detail: string }[] }
        // Each 64 KB of an event is billed as one.
        counts.events += Entries.reduce((sum, { Detail }) => sum + Math.ceil(Buffer.byteLength(Detail) / 65_536), 0)
        answer(
          'application/x-amz-json-1.1',
          JSON.stringify({ FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: '1' })) }),
        )
        return
      }
      if (request.url?.startsWith('/v2/email') === true) {
        counts.mails++
        answer('application/json', '{"MessageId":"1"}')
        return
      }
      if (!target.startsWith('DynamoDB')) {
        counts.published++
        answer('text/xml', '<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>')
        return
      }
      const asked = { ...(JSON.parse(body) as Record<string, unknown>), ReturnConsumedCapacity: 'TOTAL' }
      const { 'content-length': _, host: __, connection: ___, ...headers } = request.headers
      const given = await fetch(dynamoDb, {
        method: 'POST',
        headers: headers as Record<string, string>,
        body: JSON.stringify(asked),
      })
      const text = await given.text()
      const { ConsumedCapacity = [] } = JSON.parse(text) as { ConsumedCapacity?: Capacity | Capacity[] }
      const units = [ConsumedCapacity].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0)
      // Eventually consistent reads and strongly consistent ones are billed as the emulator counts them: half a unit and one for 4 KB.
      if (/\.(Put|Update|Delete|BatchWrite)Item$/.test(target)) counts.writeUnits += units
      else counts.readUnits += units
      if (target.endsWith('.PutItem')) counts.itemBytes = Math.max(counts.itemBytes, Buffer.byteLength(body))
      response.writeHead(given.status, { 'content-type': 'application/x-amz-json-1.0' })
      response.end(text)
    })()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    measure: async (work) => {
      counts = fresh()
      const start = performance.now()
      await work()
      return { ...counts, milliseconds: performance.now() - start }
    },
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

const fresh = () => ({ readUnits: 0, writeUnits: 0, calls: 0, events: 0, published: 0, mails: 0, itemBytes: 0 })

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of request) text += String(part)
  return text
}

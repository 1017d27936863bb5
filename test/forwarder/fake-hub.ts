import { createServer } from 'node:http'
import { envelope, eventSchemas } from '../../shared/events.ts'
import * as z from 'zod'
import { onLoopback } from '../loopback-server.ts'

interface HubEvent {
  readonly source: string
  readonly detailType: keyof typeof eventSchemas
  readonly detail: Record<string, unknown>
  readonly receivedAt: number
}

export interface FakeHub {
  readonly endpoint: string
  readonly events: HubEvent[]
  /** Number of PutEvents requests, whatever came of them. */
  readonly calls: () => number
  readonly largestBatch: () => number
  /** What the hub does with the n-th entry since the start: take it, or refuse it with a code. */
  refuse: (count: number) => string | undefined
  /** An error for the request as a whole. */
  failing: { readonly status: number; readonly type: string } | undefined
  readonly stop: () => Promise<void>
  readonly start: () => Promise<void>
}

const request = z.object({
  Entries: z
    .array(
      z.object({ EventBusName: z.string(), Source: z.string(), DetailType: z.string(), Detail: z.string(), Time: z.number() }),
    )
    .min(1)
    .max(10),
})

/** Answers PutEvents as EventBridge does, checks every event against its schema, and can be made to refuse. */
export async function fakeHub(): Promise<FakeHub> {
  const events: HubEvent[] = []
  let count = 0
  let calls = 0
  let largest = 0
  const hub = { refuse: () => undefined, failing: undefined } as Pick<FakeHub, 'refuse' | 'failing'>
  const server = createServer((incoming, response) => {
    let body = ''
    incoming.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    incoming.on('end', () => {
      calls++
      const type = 'application/x-amz-json-1.1'
      if (hub.failing !== undefined) {
        response
          .writeHead(hub.failing.status, { 'content-type': type })
          .end(JSON.stringify({ __type: hub.failing.type, message: 'made to fail' }))
        return
      }
      const { Entries } = request.parse(JSON.parse(body))
      largest = Math.max(largest, Entries.length)
      const answers = Entries.map(({ Source, DetailType, Detail, Time }) => {
        count++
        const code = hub.refuse(count)
        if (code !== undefined) return { ErrorCode: code, ErrorMessage: 'made to refuse' }
        const detailType = DetailType as keyof typeof eventSchemas
        envelope.parse({
          id: String(count),
          source: Source,
          'detail-type': DetailType,
          time: new Date(Time * 1000).toISOString(),
          detail: {},
        })
        events.push({
          source: Source,
          detailType,
          detail: eventSchemas[detailType].parse(JSON.parse(Detail)),
          receivedAt: Date.now(),
        })
        return { EventId: `event-${count}` }
      })
      const FailedEntryCount = answers.filter((answer) => 'ErrorCode' in answer).length
      response.writeHead(200, { 'content-type': type }).end(JSON.stringify({ FailedEntryCount, Entries: answers }))
    })
  })
  const loopback = await onLoopback(server)
  return Object.assign(hub, {
    endpoint: loopback.url,
    events,
    calls: () => calls,
    largestBatch: () => largest,
    start: loopback.start,
    stop: loopback.stop,
  })
}

import { once } from 'node:events'
import { Agent, createServer, request as requestTo, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An endpoint that a function takes for AWS: DynamoDB behind it, throttled by chance, and a bus that takes every event. */
export interface ThrottlingEndpoint {
  readonly url: string
  readonly counts: { requests: number; throttled: number; conflicts: number; failed: number }
  /** Ids of the incidents that were announced, with each change. */
  readonly announced: Map<string, string[]>
  readonly close: () => void
}

/** Opens the endpoint; `chance` says whether a request is throttled. */
export async function openThrottlingEndpoint(dynamoDb: string, chance: () => boolean): Promise<ThrottlingEndpoint> {
  const counts = { requests: 0, throttled: 0, conflicts: 0, failed: 0 }
  const announced = new Map<string, string[]>()
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const json = { 'content-type': 'application/x-amz-json-1.0' }
  const server = createServer((request, response) => {
    void (async () => {
      const body = await bytesOf(request)
      const target = String(request.headers['x-amz-target'] ?? '')
      if (target === 'AWSEvents.PutEvents') {
        const { Entries } = JSON.parse(body.toString()) as { Entries: { Detail: string }[] }
        for (const { Detail } of Entries) {
          const { change, incident } = JSON.parse(Detail) as { change: string; incident: { id: string } }
          announced.set(incident.id, [...(announced.get(incident.id) ?? []), change])
        }
        response.writeHead(200, json)
        response.end(JSON.stringify({ FailedEntryCount: 0, Entries: Entries.map((_, i) => ({ EventId: `${i}` })) }))
        return
      }
      counts.requests++
      if (chance()) {
        counts.throttled++
        response.writeHead(400, json)
        const type = 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException'
        response.end(JSON.stringify({ __type: type, message: 'The level of configured provisioned throughput was exceeded' }))
        return
      }
      const { hostname, port } = new URL(dynamoDb)
      const { host: _, ...headers } = request.headers
      const forward = requestTo({ hostname, port, agent, method: 'POST', path: '/', headers })
      forward.end(body)
      const [answer] = (await once(forward, 'response')) as [IncomingMessage]
      const text = await bytesOf(answer)
      const status = answer.statusCode ?? 500
      if (status !== 200) counts[text.includes('ConditionalCheckFailed') ? 'conflicts' : 'failed']++
      response.writeHead(status, answer.headers)
      response.end(text)
    })().catch(() => {
      counts.failed++
      response.destroy()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    announced,
    close: () => {
      agent.destroy()
      server.close()
      server.closeAllConnections()
    },
  }
}

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface HealthOptions {
  readonly port: number
  readonly host?: string
  /** Undefined where all is well, else what is not. */
  readonly alive: () => string | undefined
  readonly ready: () => string | undefined
  readonly metrics: () => string
}

/** Answers /healthz, /readyz and /metrics; gives the port and the way to end it. */
export async function serveHealth({
  port,
  host,
  alive,
  ready,
  metrics,
}: HealthOptions): Promise<{ readonly port: number; readonly close: () => Promise<void> }> {
  const verdicts: Record<string, () => string | undefined> = { '/healthz': alive, '/readyz': ready }
  const server: Server = createServer((request, response) => {
    const path = request.url?.split('?')[0] ?? ''
    if (path === '/metrics') {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(metrics())
      return
    }
    const verdict = verdicts[path]
    if (verdict === undefined) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('not found: /healthz, /readyz, /metrics\n')
      return
    }
    const trouble = verdict()
    response.writeHead(trouble === undefined ? 200 : 503, { 'content-type': 'text/plain' }).end(`${trouble ?? 'ok'}\n`)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve())
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

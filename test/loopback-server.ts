import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server of a test on this machine, that can be stopped and started again at the same port. */
export interface LoopbackServer {
  readonly url: string
  readonly start: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** Starts it at a free port. */
export async function onLoopback(server: Server): Promise<LoopbackServer> {
  let port = 0
  const start = () =>
    new Promise<void>((resolve) => {
      server.listen(port, '127.0.0.1', () => {
        port = (server.address() as AddressInfo).port
        resolve()
      })
    })
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  await start()
  return { url: `http://127.0.0.1:${port}`, start, stop }
}

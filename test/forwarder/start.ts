import { runForwarder, type ForwarderInternals, type RunningForwarder } from '../../forwarder/forwarder.ts'
import type { ForwarderOptions } from '../../forwarder/options.ts'
import type { FakeApiServer } from './fake-api-server.ts'
import type { FakeHub } from './fake-hub.ts'

/** Times short enough for a test, and the credentials that the SDK insists on. */
export async function startForwarder(
  api: FakeApiServer,
  hub: FakeHub,
  options: Partial<ForwarderOptions> = {},
  internals: ForwarderInternals = {},
): Promise<RunningForwarder> {
  process.env['AWS_ACCESS_KEY_ID'] ??= 'test'
  process.env['AWS_SECRET_ACCESS_KEY'] ??= 'test'
  return runForwarder(
    { cluster: 'test', endpoint: hub.endpoint, region: 'eu-west-1', heartbeatSeconds: 0.2, log: 'silent', ...options },
    {
      access: { server: api.server, credentials: () => Promise.resolve({}) },
      ...internals,
      watch: { backOff: { first: 10, limit: 100 }, pageSize: 3, ...internals.watch },
      investigation: { gather: 5, tick: 20, hold: 150, goneHold: 50, ...internals.investigation },
      delivery: { linger: 20, backOff: { first: 10, limit: 100 }, farewell: 1_000, ...internals.delivery },
      leader: { duration: 1_000, renew: 50, timeout: 500, ...internals.leader },
    },
  )
}

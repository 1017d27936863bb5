import { join } from 'node:path'
import { fromKubeconfig } from '../../forwarder/cluster/kubeconfig.ts'
import { runForwarder } from '../../forwarder/forwarder.ts'
import { messageOf } from '../failure.ts'
import type { ClusterContext } from './contexts.ts'

export interface WatchLiveOptions {
  readonly kubeconfig?: string
  readonly host: { readonly url: string; readonly bus: string }
  readonly data: string
  /** The environment as the user gave it, for what signs in to the cluster: the host has put its own credentials in its place. */
  readonly userEnvironment: NodeJS.ProcessEnv
  readonly say: (line: string) => void
}

/** Runs the forwarder for one cluster in this process; what cannot be reached is said and tried again by the forwarder. */
export async function watchLive(
  { context, cluster, server }: ClusterContext,
  { kubeconfig, host, data, userEnvironment, say }: WatchLiveOptions,
): Promise<{ readonly stop: () => Promise<void> }> {
  const environment = Object.fromEntries(
    Object.keys({ ...userEnvironment, ...process.env })
      .filter((name) => name.startsWith('AWS_'))
      .map((name) => [name, userEnvironment[name]]),
  )
  try {
    const forwarder = await runForwarder(
      { cluster, context, bus: host.bus, endpoint: host.url, region: 'local', spool: join(data, 'spool', cluster), log: 'warn' },
      {
        access: await fromKubeconfig({ context, environment, ...(kubeconfig !== undefined && { kubeconfig }) }, Date.now),
        log: quietly((message) => say(`${cluster} (context ${context}, ${server}): ${message}`)),
      },
    )
    void forwarder.watching.then(() => say(`${cluster}: watching`))
    return { stop: forwarder.stop }
  } catch (error) {
    say(`${cluster} (context ${context}, ${server}) is not watched: ${messageOf(error)}`)
    return { stop: async () => {} }
  }
}

/** Says the same trouble once a minute at most: an unreachable cluster is tried many times. */
function quietly(say: (message: string) => void) {
  const saidAt = new Map<string, number>()
  return (level: string, message: string, fields: Readonly<Record<string, unknown>> = {}) => {
    if (level !== 'warn' && level !== 'error') return
    const why = fields['error'] ?? fields['reason']
    const line = why === undefined ? message : `${message}: ${typeof why === 'string' ? why : JSON.stringify(why)}`
    const now = Date.now()
    if (now - (saidAt.get(line) ?? 0) < 60_000) return
    saidAt.set(line, now)
    say(line)
  }
}

import { forwarderSource } from '../shared/events.ts'
import { toClusterName } from '../shared/subject.ts'
import { connectTo, type Credentials } from './cluster/connection.ts'
import { inCluster } from './cluster/in-cluster.ts'
import { fromKubeconfig } from './cluster/kubeconfig.ts'
import { watchSettings, type WatchSettings } from './cluster/watch.ts'
import { deliver, deliverySettings, type DeliverySettings } from './delivery/delivery.ts'
import { eventBridge } from './delivery/event-bridge.ts'
import { openSpool } from './delivery/spool.ts'
import { serveHealth } from './health-server.ts'
import { investigationSettings, type InvestigationSettings } from './investigate.ts'
import { leaderSettings, standForLeader, type LeaderSettings } from './leader.ts'
import { jsonLog, messageOf, type Log } from './log.ts'
import { forwarderMetrics, metricsOf } from './metrics.ts'
import { parseOptions, type ForwarderOptions, type ForwarderSettings } from './options.ts'
import { watchCluster } from './session.ts'

/** Times and chances that tests shorten, and an API server without a kubeconfig. */
export interface ForwarderInternals {
  readonly watch?: Partial<WatchSettings>
  readonly investigation?: Partial<InvestigationSettings>
  readonly delivery?: Partial<DeliverySettings>
  readonly leader?: Partial<LeaderSettings>
  readonly access?: Access
  readonly env?: NodeJS.ProcessEnv
  readonly now?: () => number
  readonly random?: () => number
  readonly log?: Log
}

interface Access {
  readonly server: string
  readonly credentials: () => Promise<Credentials>
  readonly context?: string
  readonly namespace?: string
}

export interface RunningForwarder {
  readonly cluster: string
  readonly server: string
  /** Resolves when all that exists has been seen once. */
  readonly watching: Promise<void>
  /** The port of /metrics and the probes, where they are served. */
  readonly port: number | undefined
  readonly metrics: () => string
  /** Ends watching, delivers what waits as far as the bus takes it, and gives the lease back. */
  readonly stop: () => Promise<void>
}

const forwarderVersion = '0.1.0'

/**
 * Watches one cluster and puts what fails on the bus, until it is stopped.
 *
 * @example
 * const forwarder = await runForwarder({ context: 'production', endpoint: 'http://127.0.0.1:4180' })
 * await forwarder.stop()
 */
export async function runForwarder(options: ForwarderOptions, internals: ForwarderInternals = {}): Promise<RunningForwarder> {
  const settings = parseOptions(options)
  const now = internals.now ?? Date.now
  const random = internals.random ?? Math.random
  const access = internals.access ?? (await accessOf(settings, internals.env ?? process.env, now))
  const cluster = settings.cluster ?? toClusterName(access.context ?? 'cluster')
  const source = forwarderSource(cluster)
  const log = internals.log ?? (settings.log === 'silent' ? () => {} : jsonLog(settings.log, { cluster }))
  const registry = metricsOf()
  const metrics = forwarderMetrics(registry)
  const connection = connectTo({
    server: access.server,
    credentials: access.credentials,
    onRequest: (verb) => metrics.requests.add(1, { verb }),
  })

  const dropped = new Map<string, number>()
  const onDropped = (reason: string, count: number) => {
    dropped.set(reason, (dropped.get(reason) ?? 0) + count)
    metrics.dropped.add(count, { reason })
    if (count > 0) log('warn', 'event dropped', { reason, count })
  }
  const spool = await openSpool({ folder: settings.spool, limitBytes: settings.spoolMegabytes * 1_000_000, onDropped })
  const bus = eventBridge({
    bus: settings.bus,
    source,
    region: settings.region ?? regionOf(settings.bus),
    endpoint: settings.endpoint,
  })
  const delivery = deliver({
    put: bus.put,
    spool,
    source,
    now,
    random,
    settings: { ...deliverySettings, ...internals.delivery },
    onDropped,
    onDelivered: ({ detailType }) => metrics.delivered.add(1, { type: detailType }),
    onTrouble: ({ code, message }, tries) => {
      metrics.refusals.add(1, { code })
      if (tries === 0 || tries % 10 === 9) log('warn', 'not delivered, tries again', { code, reason: message, tries: tries + 1 })
    },
  })
  registry.gauge('kulprit_spool_events', 'Events that wait for delivery.', () => delivery.waiting())
  registry.gauge('kulprit_spool_bytes', 'Their size.', () => spool.bytes())

  const stopping = new AbortController()
  let fault: string | undefined
  let isLeading = false
  let hasBegun = false
  let resolveWatching = () => {}
  const watching = new Promise<void>((resolve) => {
    resolveWatching = resolve
  })
  registry.gauge('kulprit_leading', 'Whether this replica is the one that watches.', () => Number(isLeading))

  const lead = async (lost: AbortSignal) => {
    isLeading = true
    log('info', 'watches the cluster', { server: access.server })
    const session = watchCluster({
      cluster,
      connection,
      settings,
      metrics,
      registry,
      log,
      now,
      delivery,
      forwarderVersion,
      signal: lost,
      watch: { ...watchSettings, random, ...internals.watch },
      investigation: { ...investigationSettings, hold: settings.holdSeconds * 1000, ...internals.investigation },
      takeDropped: () => {
        const taken = Object.fromEntries(dropped)
        dropped.clear()
        return taken
      },
    })
    try {
      await session.begun
      hasBegun = !lost.aborted
      resolveWatching()
      await session.ended
    } finally {
      isLeading = false
      hasBegun = false
    }
  }
  const onFault = (error: unknown) => {
    fault = messageOf(error)
    log('error', 'stopped watching', { error: fault })
  }
  const ended =
    settings.leader === undefined
      ? lead(stopping.signal).catch(onFault)
      : standForLeader({
          connection,
          namespace: settings.leader.namespace,
          name: settings.leader.lease,
          identity: settings.leader.identity,
          settings: { ...leaderSettings, ...internals.leader },
          now,
          signal: stopping.signal,
          lead,
          onTrouble: (error) => {
            metrics.errors.add(1, { place: 'lease' })
            log('warn', 'lease', { error: messageOf(error) })
          },
        }).catch(onFault)

  const health =
    settings.port === undefined
      ? undefined
      : await serveHealth({
          port: settings.port,
          alive: () => fault,
          ready: () => fault ?? (isLeading && !hasBegun ? 'still listing what exists' : undefined),
          metrics: registry.text,
        })

  return {
    cluster,
    server: access.server,
    watching,
    port: health?.port,
    metrics: registry.text,
    stop: async () => {
      stopping.abort()
      await ended
      await delivery.stop()
      bus.close()
      connection.close()
      await health?.close()
    },
  }
}

/** Pod Identity sets no region, and the ARN of a bus names its own. */
const regionOf = (bus: string): string | undefined => /^arn:[^:]+:events:([^:]+):/.exec(bus)?.[1]

async function accessOf(settings: ForwarderSettings, env: NodeJS.ProcessEnv, now: () => number): Promise<Access> {
  if (settings.context === undefined && settings.kubeconfig === undefined) {
    const inside = await inCluster(env, now)
    if (inside !== undefined) return inside
  }
  return fromKubeconfig(
    {
      ...(settings.kubeconfig !== undefined && { kubeconfig: settings.kubeconfig }),
      ...(settings.context !== undefined && { context: settings.context }),
    },
    now,
  )
}

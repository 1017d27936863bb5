import { randomBytes } from 'node:crypto'
import { detailTypes, type Heartbeat, type Recovery } from '../shared/events.ts'
import { identityOf } from '../shared/incident.ts'
import type { Observation } from '../shared/observation.ts'
import { pause } from './back-off.ts'
import type { ClusterConnection } from './cluster/connection.ts'
import type { WatchSettings } from './cluster/watch.ts'
import type { Delivery } from './delivery/delivery.ts'
import { requestBudget } from './evidence/budget.ts'
import { follow } from './follow.ts'
import { investigate, type Investigation, type InvestigationSettings } from './investigate.ts'
import { messageOf, type Log } from './log.ts'
import type { ForwarderMetrics, Metrics } from './metrics.ts'
import type { ForwarderSettings } from './options.ts'
import { redactDeep, redaction } from './redact/redact.ts'
import type { Urgency } from './report/reported.ts'
import { clusterState } from './state/cluster-state.ts'

export interface SessionOptions {
  readonly cluster: string
  readonly connection: ClusterConnection
  readonly settings: ForwarderSettings
  readonly metrics: ForwarderMetrics
  readonly registry: Metrics
  readonly log: Log
  readonly now: () => number
  readonly delivery: Delivery
  readonly forwarderVersion: string
  readonly signal: AbortSignal
  readonly watch: WatchSettings
  readonly investigation: InvestigationSettings
  readonly takeDropped: () => Record<string, number>
}

/** EventBridge takes 1 MB; the bill counts each 64 KB, and the contract ends at 256. */
const detailLimit = 256_000
const failingLimit = 2_000
/** Beyond this the list of what fails is not current, and is not sent. */
const staleAfter = 180_000

/** Watches a cluster until the signal: what this one has seen ends with it, as the next leader lists everything anew. */
export function watchCluster(options: SessionOptions): { readonly begun: Promise<void>; readonly ended: Promise<void> } {
  const { cluster, connection, settings, metrics, log, now, delivery, signal } = options
  // Marks of environment values can be compared within one run, and mean nothing outside of it.
  const salt = randomBytes(16).toString('hex')
  const redact = redaction(settings.redact)
  let heardAt = now()
  let touch: Investigation['touch'] = () => {}
  const state = clusterState({ salt, now, touch: (key, urgent) => touch(key, urgent) })
  const budget = requestBudget({ perSecond: settings.requestsPerSecond, burst: settings.requestBurst, now })

  const secretsOf = (key: string) => state.pods.keptOfRoot(key).flatMap(({ secrets = [] }) => secrets)

  const onObservation = (observation: Observation, urgency: Urgency) => {
    metrics.observations.add(1, { urgency })
    if (urgency === 'new' && observation.failedAt !== undefined)
      metrics.latency.observe(Math.max(0, now() - Date.parse(observation.failedAt)) / 1000)
    const { subject, symptom, id } = observation
    log('info', 'failure observed', {
      observation: id,
      urgency,
      symptom,
      namespace: subject.namespace,
      workload:
        subject.workload === undefined ? `${subject.kind}/${subject.name}` : `${subject.workload.kind}/${subject.workload.name}`,
      container: subject.container,
      pods: observation.affectedPods,
    })
    delivery.send({
      detailType: detailTypes.failureObserved,
      detail: JSON.stringify(within(detailLimit, observation)),
      time: observation.observedAt,
      worth: urgency,
      identity: identityOf(subject),
    })
  }

  const onRecovery = (recovery: Recovery) => {
    metrics.recoveries.add(1, { reason: recovery.reason })
    const { workload, namespace, container, reason } = recovery
    log('info', 'workload recovered', { namespace, workload: `${workload.kind}/${workload.name}`, container, reason })
    delivery.send({
      detailType: detailTypes.workloadRecovered,
      detail: JSON.stringify(recovery),
      time: recovery.at,
      worth: 'recovered',
      identity: recovery.id,
    })
  }

  const running = investigate({
    cluster,
    state,
    budget,
    now,
    settings: options.investigation,
    redact: (snapshot, key) => redactDeep(snapshot, redact, secretsOf(key)),
    fetch: {
      connection,
      salt,
      onTrouble: (want, error) => {
        metrics.errors.add(1, { place: want.type === 'log' ? 'log' : want.kind })
        log('debug', 'evidence not available', { want, error: messageOf(error) })
      },
    },
    onObservation,
    onRecovery,
    onError: (key, error) => {
      metrics.errors.add(1, { place: 'observe' })
      log('error', 'could not be looked into', { subject: key, error: messageOf(error), stack: (error as Error).stack })
    },
  })
  touch = running.touch

  const troubled = new Map<string, number>()
  const following = follow({
    connection,
    state,
    namespaces: settings.namespaces,
    settings: options.watch,
    signal,
    onHeard: () => {
      heardAt = now()
    },
    onRelist: (kind) => metrics.relists.add(1, { kind }),
    onDenied: (kind, error) => log('warn', 'may not be read, goes without', { kind, error: error.message }),
    onTrouble: (error, kind) => {
      metrics.watchTroubles.add(1, { kind })
      const times = (troubled.get(kind) ?? 0) + 1
      troubled.set(kind, times)
      if (times <= 2 || times % 20 === 0)
        log('warn', 'watch broke off, takes it up again', { kind, error: messageOf(error), times })
    },
  })
  async function begin(): Promise<void> {
    await following
    if (signal.aborted) return
    log('info', 'has seen what exists', { nodes: state.keysOf('Node').length, pods: state.pods.size() })
    running.begin()
  }
  const begun = begin()

  async function beat(): Promise<void> {
    await begun
    const version = await kubernetesVersion(connection)
    let isFirst = true
    while (!signal.aborted) {
      const at = now()
      const failing = running.failing()
      const isCurrent = running.isSettled() && at - heardAt < staleAfter && failing.length <= failingLimit && !isFirst
      isFirst = false
      const heartbeat: Heartbeat = {
        schema: 1,
        cluster,
        at: new Date(at).toISOString(),
        kubernetesVersion: version,
        forwarderVersion: options.forwarderVersion,
        counts: { nodes: state.keysOf('Node').length, pods: state.pods.size(), failing: failing.length },
        dropped: options.takeDropped(),
        ...(isCurrent && { failing: [...failing] }),
      }
      delivery.send({
        detailType: detailTypes.clusterHeartbeat,
        detail: JSON.stringify(heartbeat),
        time: heartbeat.at,
        worth: 'heartbeat',
        identity: 'heartbeat',
      })
      state.tidy()
      await pause(settings.heartbeatSeconds * 1000, signal)
    }
  }

  async function run(): Promise<void> {
    await Promise.all([beat(), aborted(signal)])
    running.stop()
    budget.close()
  }
  return { begun, ended: run() }
}

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

async function kubernetesVersion(connection: ClusterConnection): Promise<string> {
  try {
    return (await connection.json<{ gitVersion?: string }>('/version', { timeout: 5_000 })).gitVersion ?? 'unknown'
  } catch {
    return 'unknown' // the watches tell of an API server that does not answer
  }
}

/** What is too large loses its logs' lines first, then evidence from the end. */
function within(limit: number, observation: Observation): Observation {
  if (Buffer.byteLength(JSON.stringify(observation)) <= limit) return observation
  const evidence = observation.evidence.map((piece) =>
    piece.source === 'log' ? { ...piece, lines: piece.lines.slice(-5) } : piece,
  )
  while (evidence.length > 1 && Buffer.byteLength(JSON.stringify(evidence)) > limit - 32_000) evidence.pop()
  return { ...observation, evidence }
}

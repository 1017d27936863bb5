import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { detailTypes, forwarderSource, type Heartbeat } from '../shared/events.ts'
import { identityOf } from '../shared/incident.ts'
import type { Observation } from '../shared/observation.ts'
import { observe } from '../shared/observe/observe.ts'
import type { Snapshot } from '../shared/observe/snapshot.ts'
import type { PutEventsEntry } from './bus.ts'

export interface ReplayOptions {
  readonly snapshot: Snapshot
  readonly cluster: string
  /** When the recording was taken, ISO 8601. */
  readonly recordedAt: string
  /** Remembers when it was first replayed: the same failures, replayed at the next start, are the same as before in every way. */
  readonly memory: string
  readonly bus: string
  readonly put: (entries: readonly PutEventsEntry[]) => unknown
  /** Over how many milliseconds the failures are spread. */
  readonly over: number
  readonly heartbeat: number
  readonly signal: AbortSignal
}

/** Plays a recorded cluster as if its failures happened now, one after the other, and then stays alive as a forwarder does. */
export async function replay(options: ReplayOptions): Promise<void> {
  const { snapshot, cluster, recordedAt, bus, put, over, signal } = options
  const shift = Date.parse(beganAt(options)) - Date.parse(recordedAt)
  const observations = observe(snapshot, { cluster, now: recordedAt })
    .sort((a, b) => (a.failedAt ?? a.observedAt).localeCompare(b.failedAt ?? b.observedAt))
    .map((observation) => shifted(observation, shift) as Observation)
  const send = (DetailType: string, detail: unknown) =>
    put([{ EventBusName: bus, Source: forwarderSource(cluster), DetailType, Detail: JSON.stringify(detail) }])
  send(detailTypes.clusterHeartbeat, heartbeatOf(options, observations))
  for (const observation of observations) {
    if (signal.aborted) return
    send(detailTypes.failureObserved, observation)
    await wait(over / observations.length, signal)
  }
  while (!signal.aborted) {
    await wait(options.heartbeat, signal)
    if (!signal.aborted) send(detailTypes.clusterHeartbeat, heartbeatOf(options, observations))
  }
}

function beganAt({ memory, cluster, recordedAt }: ReplayOptions): string {
  const key = `${cluster} ${recordedAt}`
  const known = existsSync(memory) ? (JSON.parse(readFileSync(memory, 'utf8')) as Record<string, string>) : {}
  const began = known[key] ?? new Date().toISOString()
  if (known[key] === undefined) writeFileSync(memory, JSON.stringify({ ...known, [key]: began }))
  return began
}

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/

/** Moves every time by the same span; times that stand within a text stay as they were said. */
function shifted(value: unknown, by: number): unknown {
  if (typeof value === 'string') return time.test(value) ? new Date(Date.parse(value) + by).toISOString() : value
  if (Array.isArray(value)) return value.map((item) => shifted(item, by))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, shifted(item, by)]))
}

function heartbeatOf({ snapshot: { objects }, cluster }: ReplayOptions, observations: readonly Observation[]): Heartbeat {
  const node = objects.find(({ kind }) => kind === 'Node') as { status?: { nodeInfo?: { kubeletVersion?: string } } } | undefined
  const failing = observations.map(({ subject }) => identityOf(subject))
  return {
    schema: 1,
    cluster,
    at: new Date().toISOString(),
    kubernetesVersion: node?.status?.nodeInfo?.kubeletVersion ?? 'unknown',
    forwarderVersion: 'replay',
    counts: {
      nodes: objects.filter(({ kind }) => kind === 'Node').length,
      pods: objects.filter(({ kind }) => kind === 'Pod').length,
      failing: failing.length,
    },
    dropped: {},
    failing,
  }
}

const wait = (milliseconds: number, signal: AbortSignal) => pause(milliseconds, undefined, { signal }).catch(() => undefined)

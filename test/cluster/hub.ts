import { createServer } from 'node:http'
import { diagnose } from '../../shared/diagnose.ts'
import { eventSchemas } from '../../shared/events.ts'
import { fold, type Fact } from '../../shared/fold.ts'
import { identityOf, type Incident } from '../../shared/incident.ts'
import type { Observation } from '../../shared/observation.ts'
import { onLoopback } from '../loopback-server.ts'

interface Seen {
  readonly at: number
  readonly observation: Observation
}

export interface ClusterHub {
  readonly endpoint: string
  readonly incidents: ReadonlyMap<string, Incident>
  /** The first observation of each incident, with the time at which it arrived. */
  readonly first: ReadonlyMap<string, Seen>
  readonly observations: () => number
  /** How many heartbeats came. */
  readonly beats: () => number
  readonly stop: () => Promise<void>
  readonly start: () => Promise<void>
  /** What the hub does with the n-th entry since the start: take it, or refuse it with a code. */
  refuse: (count: number) => string | undefined
}

/** A hub in this process: PutEvents comes in, the domain's own functions make incidents of it. */
export async function clusterHub(): Promise<ClusterHub> {
  const incidents = new Map<string, Incident>()
  const first = new Map<string, Seen>()
  let observations = 0
  let beats = 0
  let count = 0
  const hub = { refuse: () => undefined } as Pick<ClusterHub, 'refuse'>

  function apply(id: string, fact: Fact): void {
    const { incident } = fold(incidents.get(id), fact)
    if (incident !== undefined) incidents.set(id, incident)
  }

  function take(type: string, detail: unknown): void {
    if (type === 'Cluster Heartbeat') beats++
    if (type === 'Failure Observed') {
      const observation = eventSchemas[type].parse(detail)
      const id = identityOf(observation.subject)
      observations++
      if (!first.has(id)) first.set(id, { at: Date.now(), observation })
      apply(id, { kind: 'observed', observation, diagnosis: diagnose(observation) })
    } else if (type === 'Workload Recovered') {
      const recovery = eventSchemas[type].parse(detail)
      const { cluster, namespace, workload, container } = recovery
      const id = identityOf({
        cluster,
        ...workload,
        workload,
        ...(namespace !== undefined && { namespace }),
        ...(container !== undefined && { container }),
      })
      if (incidents.has(id)) apply(id, { kind: 'recovered', recovery })
    }
  }

  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    request.on('end', () => {
      const { Entries } = JSON.parse(body) as { Entries: { DetailType: string; Detail: string }[] }
      const answers = Entries.map(({ DetailType, Detail }) => {
        const code = hub.refuse(++count)
        if (code !== undefined) return { ErrorCode: code, ErrorMessage: 'made to refuse' }
        take(DetailType, JSON.parse(Detail))
        return { EventId: String(count) }
      })
      const FailedEntryCount = answers.filter((answer) => 'ErrorCode' in answer).length
      response
        .writeHead(200, { 'content-type': 'application/x-amz-json-1.1' })
        .end(JSON.stringify({ FailedEntryCount, Entries: answers }))
    })
  })
  const loopback = await onLoopback(server)
  return Object.assign(hub, {
    endpoint: loopback.url,
    incidents,
    first,
    observations: () => observations,
    beats: () => beats,
    start: loopback.start,
    stop: loopback.stop,
  })
}

/** When the failure of an observation happened, by the cluster's clock: the container's status, else the first event that says so. */
export function failureTime({ failedAt, evidence }: Observation): number | undefined {
  if (failedAt !== undefined) return Date.parse(failedAt)
  const times = evidence.flatMap((piece) =>
    piece.source === 'event' && piece.type === 'Warning' ? [Date.parse(piece.firstAt ?? piece.at ?? '')] : [],
  )
  const known = times.filter((time) => !Number.isNaN(time))
  return known.length === 0 ? undefined : Math.min(...known)
}

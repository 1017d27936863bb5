import type * as z from 'zod'
import { clusterOfSource, envelope, eventSchemas, type Heartbeat, type Recovery } from './events.ts'
import type { Observation } from './observation.ts'

/** An event that a forwarder sent, read and checked. */
export type Forwarded =
  | { readonly type: 'Failure Observed'; readonly detail: Observation }
  | { readonly type: 'Workload Recovered'; readonly detail: Recovery }
  | { readonly type: 'Cluster Heartbeat'; readonly detail: Heartbeat }

/** An event that must not be believed, or cannot be read; it will not become better by trying again. */
export class RefusedEventError extends Error {
  override readonly name = 'RefusedEventError'
}

/** Reads a forwarder's event from a queue. IAM binds a cluster's role to its source, so the detail must be of the same cluster. */
export function forwarded(body: string): Forwarded {
  const { source, 'detail-type': type, detail, id } = parse(envelope, json(body), 'the envelope')
  const cluster = clusterOfSource(source)
  if (cluster === undefined) throw new RefusedEventError(`event ${id}: source: expected one of a forwarder, found ${source}`)
  const event = read(type, detail, id)
  const claimed =
    event.type === 'Failure Observed' ? [event.detail.cluster, event.detail.subject.cluster] : [event.detail.cluster]
  for (const other of claimed) {
    if (other !== cluster)
      throw new RefusedEventError(`event ${id}: the source speaks for cluster ${cluster}, its detail for ${other}`)
  }
  return event
}

function read(type: string, detail: unknown, id: string): Forwarded {
  const what = `event ${id}, ${type}`
  switch (type) {
    case 'Failure Observed':
      return { type, detail: parse(eventSchemas[type], detail, what) }
    case 'Workload Recovered':
      return { type, detail: parse(eventSchemas[type], detail, what) }
    case 'Cluster Heartbeat':
      return { type, detail: parse(eventSchemas[type], detail, what) }
  }
  throw new RefusedEventError(`event ${id}: detail-type: expected one that forwarders send, found ${type}`)
}

function json(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch (cause) {
    throw new RefusedEventError(`the record is not JSON: ${body.slice(0, 80)}`, { cause })
  }
}

function parse<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const read = schema.safeParse(value)
  if (read.success) return read.data
  const issues = read.error.issues.slice(0, 3).map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`)
  throw new RefusedEventError(`${what}: ${issues.join('; ')}`, { cause: read.error })
}

import { randomUUID } from 'node:crypto'
import type * as z from 'zod'
import { findRoute, routes, type ClusterShape, type RouteName } from '../api.ts'
import { catalogue, unexplained } from '../causes/catalogue.ts'
import { describeCause, type Cause } from '../causes/cause.ts'
import { clusterSilent, isSilent } from '../cluster-silence.ts'
import type { Fact } from '../fold.ts'
import type { Incident } from '../incident.ts'
import { openApi } from '../openapi.ts'
import { summarise } from '../statistics.ts'
import { summaryOf, type IncidentSummary } from '../summary.ts'
import { applyFact, type Store } from './apply.ts'
import { loadIncident } from './incidents.ts'
import { CursorError, listIncidents } from './lists.ts'
import { listClusters } from './clusters.ts'
import { listDayRows } from './day-rows.ts'
import { deleteSilence, listSilences, saveSilence } from './silences.ts'

export interface Request {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly body: string | undefined
}

export interface Answer {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** A request that cannot be answered, for a reason that the caller can do something about. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly status: number
  readonly code: string
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.status = status
    this.code = code
    this.headers = headers
  }
}

/** Answers one request to the query API; throws a `RequestError` where the caller is at fault. */
export async function answer(store: Store, request: Request, now: string): Promise<Answer> {
  const path = request.path.length > 1 ? request.path.replace(/\/$/, '') : request.path
  const found = findRoute(request.method, path)
  if (found === undefined) throw new RequestError(404, 'not_found', `there is nothing at ${path}`)
  if ('allow' in found) {
    const allow = found.allow.join(', ')
    throw new RequestError(405, 'method_not_allowed', `${path} knows ${allow}, not ${request.method}`, { allow })
  }
  const route = routes[found.name]
  const body = await answers[found.name]({ store, request, now, parameters: found.parameters })
  return route.status === 204 ? { status: 204 } : { status: route.status, body }
}

interface Asked {
  readonly store: Store
  readonly request: Request
  readonly now: string
  readonly parameters: Readonly<Record<string, string>>
}

const causes: readonly Cause[] = [...catalogue, unexplained, clusterSilent]

const answers: Readonly<Record<RouteName, (asked: Asked) => unknown>> = {
  listIncidents: async ({ store, request, now }) => {
    const { limit, cursor, ...filters } = check(routes.listIncidents.query, queryOf(request.query))
    try {
      return await listIncidents(store.table, filters, { limit, cursor, now })
    } catch (error) {
      if (error instanceof CursorError) throw new RequestError(400, 'invalid_cursor', `cursor: ${error.message}`)
      throw error
    }
  },
  getIncident: async ({ store, now, parameters }) => detailOf(await incidentNamed(store, parameters['id'], now)),
  acknowledgeIncident: ({ store, request, now, parameters }) => {
    const { by, text } = check(routes.acknowledgeIncident.body, bodyOf(request))
    const fact = { kind: 'acknowledged', at: now, by, ...(text !== undefined && { text }) } as const
    return change(store, parameters['id'], fact, now, ['open'])
  },
  resolveIncident: ({ store, request, now, parameters }) => {
    const { by, text } = check(routes.resolveIncident.body, bodyOf(request))
    const fact = { kind: 'resolved', at: now, by, ...(text !== undefined && { text }) } as const
    return change(store, parameters['id'], fact, now, ['open', 'acknowledged'])
  },
  addNote: ({ store, request, now, parameters }) => {
    const { by, text } = check(routes.addNote.body, bodyOf(request))
    return change(store, parameters['id'], { kind: 'noted', at: now, by, text }, now, ['open', 'acknowledged', 'resolved'])
  },
  listClusters: async ({ store, now }) => ({ items: await clustersOf(store, now) }),
  getStatistics: async ({ store, request, now }) => {
    const asked = check(routes.getStatistics.query, queryOf(request.query))
    const until = asked.until ?? now
    const since = asked.since ?? new Date(Date.parse(until) - 29 * 86_400_000).toISOString()
    if (Date.parse(until) - Date.parse(since) > 400 * 86_400_000)
      throw new RequestError(400, 'invalid_request', 'since: statistics go over at most 400 days')
    return { by: asked.by, since, until, items: summarise(await listDayRows(store.table, since, until), asked.by) }
  },
  listCauses: () => ({ items: causes.map(describeCause) }),
  getCause: ({ parameters }) => {
    const cause = causes.find(({ code }) => code === parameters['code'])
    if (cause === undefined) throw new RequestError(404, 'not_found', `there is no cause ${parameters['code']}`)
    return describeCause(cause)
  },
  listSilences: async ({ store, now }) => ({ items: await listSilences(store.table, now) }),
  addSilence: async ({ store, request, now }) => {
    const asked = check(routes.addSilence.body, bodyOf(request))
    const silence = { ...asked, id: `sil_${randomUUID()}`, createdAt: now, startsAt: asked.startsAt ?? now }
    if (silence.endsAt <= now) throw new RequestError(400, 'invalid_request', 'endsAt: lies in the past')
    if (silence.endsAt <= silence.startsAt) throw new RequestError(400, 'invalid_request', 'endsAt: lies before startsAt')
    await saveSilence(store.table, silence)
    return silence
  },
  deleteSilence: async ({ store, parameters }) => {
    const { id = '' } = parameters
    if (!isId(id) || !(await deleteSilence(store.table, id)))
      throw new RequestError(404, 'not_found', `there is no silence ${id}`)
  },
  getOpenApi: () => openApi(),
  getHealth: async ({ store, now }) => {
    await loadIncident(store.table, 'health', now)
    return { status: 'ok', at: now }
  },
}

function queryOf(query: string): Record<string, string> {
  const given: Record<string, string> = {}
  for (const [name, value] of new URLSearchParams(query)) {
    // An empty filter filters nothing, and a filter given twice means both values.
    if (value === '') continue
    given[name] = given[name] === undefined ? value : `${given[name]},${value}`
  }
  return given
}

const largestBody = 64_000

function bodyOf({ body }: Request): unknown {
  if (body === undefined || body === '') throw new RequestError(400, 'invalid_body', 'the body is missing: expected JSON')
  if (Buffer.byteLength(body) > largestBody)
    throw new RequestError(413, 'too_large', `the body is larger than ${largestBody} bytes`)
  try {
    return JSON.parse(body)
  } catch {
    throw new RequestError(400, 'invalid_body', 'the body is not JSON')
  }
}

function check<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const read = schema.safeParse(value)
  if (read.success) return read.data
  const issues = read.error.issues.slice(0, 5).map((issue) => {
    const place =
      issue.path.length > 0 ? issue.path.join('.') : issue.code === 'unrecognized_keys' ? issue.keys.join(', ') : 'body'
    return `${place}: ${issue.message}`
  })
  throw new RequestError(400, 'invalid_request', issues.join('; '))
}

/** Anything else cannot be a key, and DynamoDB would refuse it. */
const isId = (id: string | undefined): id is string => id !== undefined && /^\w[-\w]{0,99}$/.test(id)

async function incidentNamed({ table }: Store, id: string | undefined, now: string): Promise<Incident> {
  const incident = isId(id) ? await loadIncident(table, id, now) : undefined
  if (incident === undefined) throw new RequestError(404, 'not_found', `there is no incident ${id}`)
  return incident
}

async function change(store: Store, id: string | undefined, fact: Fact, now: string, from: readonly Incident['status'][]) {
  const { status } = await incidentNamed(store, id, now)
  if (!from.includes(status)) throw new RequestError(409, 'conflict', `the incident is ${status} already`)
  const { incident } = await applyFact(store, id ?? '', fact, now)
  return incident && detailOf(incident)
}

const detailOf = (incident: Incident) => ({
  ...summaryOf(incident),
  diagnosis: incident.diagnosis,
  evidence: incident.observation.evidence,
  changes: incident.diagnosis.changes,
  timeline: incident.timeline,
  notes: incident.notes,
  links: incident.links,
})

async function clustersOf({ table }: Store, now: string): Promise<ClusterShape[]> {
  const [records, open] = await Promise.all([listClusters(table, now), allOpen(table, now)])
  const counts = new Map<string, ClusterShape['open']>()
  for (const { cluster, severity } of open) {
    const before = counts.get(cluster) ?? { critical: 0, warning: 0, info: 0 }
    counts.set(cluster, { ...before, [severity]: before[severity] + 1 })
  }
  return records.map(({ heartbeat }) => ({
    name: heartbeat.cluster,
    status: isSilent(heartbeat, now) ? 'silent' : 'live',
    lastSeenAt: heartbeat.at,
    version: heartbeat.kubernetesVersion,
    forwarderVersion: heartbeat.forwarderVersion,
    nodes: heartbeat.counts.nodes,
    pods: heartbeat.counts.pods,
    open: counts.get(heartbeat.cluster) ?? { critical: 0, warning: 0, info: 0 },
  }))
}

async function allOpen(table: Store['table'], now: string): Promise<IncidentSummary[]> {
  const found: IncidentSummary[] = []
  let cursor: string | undefined
  do {
    const page = await listIncidents(table, { status: ['open', 'acknowledged'] }, { limit: 1000, cursor, now })
    found.push(...page.items)
    cursor = page.cursor
  } while (cursor !== undefined)
  return found
}

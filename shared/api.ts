import * as z from 'zod'
import { diagnosis, family, severity } from './diagnosis.ts'
import { change, evidence } from './evidence.ts'
import { incidentStatus, note, timelineEntry } from './incident.ts'
import { silence, silenceRequest } from './silence.ts'
import { statisticsItem, statisticsKinds } from './statistics.ts'
import { clusterName } from './subject.ts'
import { incidentSummary } from './summary.ts'

/** Any ISO 8601 time, or a day; read as UTC. */
const instant = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], { error: 'expected an ISO 8601 time such as 2026-11-25T02:00:00Z' })
  .transform((at) => new Date(at).toISOString())
const text = (longest: number) => z.string().min(1).max(longest)

/** One status, or several with commas between them. */
const statuses = z
  .string()
  .transform((value) => value.split(','))
  .pipe(z.array(incidentStatus))

const withinTime = { since: instant.optional(), until: instant.optional() }
const inOrder = ({ since, until }: { since?: string | undefined; until?: string | undefined }) =>
  since === undefined || until === undefined || since <= until
const orderProblem = { error: 'until lies before since', path: ['until'] }

const by = z.object({ by: text(200), text: text(4000).optional() })

/** An incident as it is shown alone. */
const incidentDetail = incidentSummary.extend({
  diagnosis,
  evidence: z.array(evidence),
  changes: z.array(change),
  timeline: z.array(timelineEntry),
  notes: z.array(note),
  links: z.array(z.object({ title: z.string(), url: z.string() })),
})

const causeShape = z.object({
  code: z.string(),
  family,
  title: z.string(),
  severity,
  meaning: z.string(),
  knownBy: z.array(z.string()),
})

const openCounts = z.object({ critical: z.number(), warning: z.number(), info: z.number() })
const clusterShape = z.object({
  name: clusterName,
  status: z.enum(['live', 'silent']),
  lastSeenAt: z.iso.datetime(),
  version: z.string(),
  forwarderVersion: z.string(),
  nodes: z.number(),
  pods: z.number(),
  open: openCounts,
})
export type ClusterShape = z.infer<typeof clusterShape>

/** Every error's body. */
export const errorBody = z.object({ error: z.object({ code: z.string(), message: z.string() }) })

interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly summary: string
  readonly query?: z.ZodType
  readonly body?: z.ZodType
  readonly status: 200 | 201 | 204
  readonly answer?: z.ZodType
  readonly errors: readonly (400 | 404 | 409 | 413)[]
}

/** The API as data: what is served, what is checked, and what its description is made from. */
export const routes = {
  listIncidents: {
    method: 'GET',
    path: '/v1/incidents',
    summary: 'Incidents that match all filters, those changed last first; since and until speak of the last change',
    query: z
      .strictObject({
        status: statuses.optional(),
        cluster: clusterName.optional(),
        namespace: text(253).optional(),
        workload: text(300).optional().describe('a name, or kind/name'),
        cause: text(100).optional(),
        family: family.optional(),
        severity: severity.optional(),
        ...withinTime,
        q: text(200).optional().describe('words that all stand in names, cause, title, explanation or first quote'),
        limit: z.coerce.number().int().min(1).max(200).default(50),
        cursor: text(500).optional(),
      })
      .refine(inOrder, orderProblem),
    status: 200,
    answer: z.object({ items: z.array(incidentSummary), cursor: z.string().optional() }),
    errors: [400],
  },
  getIncident: {
    method: 'GET',
    path: '/v1/incidents/{id}',
    summary: 'One incident with diagnosis, evidence, changes and timeline',
    status: 200,
    answer: incidentDetail,
    errors: [404],
  },
  acknowledgeIncident: {
    method: 'POST',
    path: '/v1/incidents/{id}/acknowledge',
    summary: 'Somebody works on it: no more reminders',
    body: by,
    status: 200,
    answer: incidentDetail,
    errors: [400, 404, 409, 413],
  },
  resolveIncident: {
    method: 'POST',
    path: '/v1/incidents/{id}/resolve',
    summary: 'It is over; it is reopened when the failure is seen again',
    body: by,
    status: 200,
    answer: incidentDetail,
    errors: [400, 404, 409, 413],
  },
  addNote: {
    method: 'POST',
    path: '/v1/incidents/{id}/notes',
    summary: 'Adds a note',
    body: by.required({ text: true }),
    status: 201,
    answer: incidentDetail,
    errors: [400, 404, 413],
  },
  listClusters: {
    method: 'GET',
    path: '/v1/clusters',
    summary: 'Clusters, whether they are live, and their open incidents',
    status: 200,
    answer: z.object({ items: z.array(clusterShape) }),
    errors: [],
  },
  getStatistics: {
    method: 'GET',
    path: '/v1/statistics',
    summary: 'Incidents opened and resolved by cause, family, cluster, namespace, workload or day; the last 30 days unless told',
    query: z.strictObject({ ...withinTime, by: z.enum(statisticsKinds).default('cause') }).refine(inOrder, orderProblem),
    status: 200,
    answer: z.object({
      by: z.enum(statisticsKinds),
      since: z.iso.datetime(),
      until: z.iso.datetime(),
      items: z.array(statisticsItem),
    }),
    errors: [400],
  },
  listCauses: {
    method: 'GET',
    path: '/v1/causes',
    summary: 'Every cause that can be named',
    status: 200,
    answer: z.object({ items: z.array(causeShape) }),
    errors: [],
  },
  getCause: { method: 'GET', path: '/v1/causes/{code}', summary: 'One cause', status: 200, answer: causeShape, errors: [404] },
  listSilences: {
    method: 'GET',
    path: '/v1/silences',
    summary: 'Silences that have not ended',
    status: 200,
    answer: z.object({ items: z.array(silence) }),
    errors: [],
  },
  addSilence: {
    method: 'POST',
    path: '/v1/silences',
    summary: 'Keeps messages about matching incidents back until it ends',
    body: silenceRequest,
    status: 201,
    answer: silence,
    errors: [400, 413],
  },
  deleteSilence: { method: 'DELETE', path: '/v1/silences/{id}', summary: 'Ends a silence', status: 204, errors: [404] },
  getOpenApi: {
    method: 'GET',
    path: '/v1/openapi.json',
    summary: 'This description',
    status: 200,
    answer: z.record(z.string(), z.unknown()),
    errors: [],
  },
  getHealth: {
    method: 'GET',
    path: '/v1/health',
    summary: 'Whether the API can read its table',
    status: 200,
    answer: z.object({ status: z.literal('ok'), at: z.iso.datetime() }),
    errors: [],
  },
} as const satisfies Record<string, Route>

export type RouteName = keyof typeof routes

/** The route that a request is for, with the values of its path; or the methods that the path knows. */
export type Found =
  | { readonly name: RouteName; readonly parameters: Readonly<Record<string, string>> }
  | { readonly allow: readonly string[] }
  | undefined

export function findRoute(method: string, path: string): Found {
  const allow: string[] = []
  for (const [name, route] of Object.entries(routes)) {
    const parameters = match(route.path, path)
    if (parameters === undefined) continue
    if (route.method === method) return { name: name as RouteName, parameters }
    allow.push(route.method)
  }
  return allow.length === 0 ? undefined : { allow }
}

function match(pattern: string, path: string): Record<string, string> | undefined {
  const [wanted, given] = [pattern.split('/'), path.split('/')]
  if (wanted.length !== given.length) return undefined
  const parameters: Record<string, string> = {}
  for (const [i, piece] of wanted.entries()) {
    const value = given[i] ?? ''
    if (piece.startsWith('{')) {
      if (value === '') return undefined
      parameters[piece.slice(1, -1)] = decode(value)
    } else if (piece !== value) return undefined
  }
  return parameters
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

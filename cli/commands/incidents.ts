import { userInfo } from 'node:os'
import { colors as c } from '../output/colors.ts'
import * as z from 'zod'
import { confidence, diagnosis, severity } from '../../shared/diagnosis.ts'
import { incidentStatus, note, timelineEntry } from '../../shared/incident.ts'
import { subject } from '../../shared/subject.ts'
import { apiAt, type Api } from '../input/api.ts'
import { renderTable } from '../output/table.ts'
import { oneLine } from '../output/wrap.ts'

export interface ApiOptions {
  readonly api: string
  readonly token?: string
  readonly output: 'table' | 'json'
}

export interface ListOptions extends ApiOptions {
  readonly status?: string
  readonly cluster?: string
  readonly namespace?: string
  readonly cause?: string
  readonly family?: string
  readonly since?: string
  readonly limit?: string
  readonly query?: string
}

export interface ActOptions extends ApiOptions {
  readonly by?: string
  readonly text?: string
}

const item = z.object({
  id: z.string(),
  status: incidentStatus,
  cluster: z.string(),
  namespace: z.string().optional(),
  subject,
  cause: z.string(),
  severity,
  confidence,
  title: z.string(),
  openedAt: z.string(),
  changedAt: z.string(),
  occurrences: z.number(),
  affectedPods: z.number(),
})
type Item = z.infer<typeof item>
const list = z.object({ items: z.array(item), cursor: z.string().optional() })
const whole = item.extend({ diagnosis, timeline: z.array(timelineEntry), notes: z.array(note) })

/** `kulprit incidents list` */
export async function listIncidents({ api, token, output, query, ...filters }: ListOptions): Promise<void> {
  const { status, cluster, namespace, cause, family, since, limit } = filters
  const answer = await apiAt(api, token).get('/v1/incidents', {
    status,
    cluster,
    namespace,
    cause,
    family,
    since,
    limit,
    q: query,
  })
  if (output === 'json') return print(answer)
  const { items, cursor } = list.parse(answer)
  if (items.length === 0) return console.log('no incidents')
  const rows = items.map((one) => [
    one.id,
    one.status,
    one.severity,
    [one.cluster, one.namespace].filter((part) => part !== undefined).join('/'),
    nameOf(one),
    `${one.cause} (${one.confidence})`,
    ageOf(one.openedAt),
  ])
  for (const line of columns([['ID', 'STATUS', 'SEVERITY', 'WHERE', 'WORKLOAD', 'CAUSE', 'OPENED'], ...rows])) console.log(line)
  if (cursor !== undefined) console.log(c.dim('there are more: narrow with --status, --cluster, --since, or raise --limit'))
}

/** `kulprit incidents show ID` */
export async function showIncident(id: string, { api, token, output }: ApiOptions): Promise<void> {
  const answer = await apiAt(api, token).get(`/v1/incidents/${encodeURIComponent(id)}`)
  if (output === 'json') return print(answer)
  const incident = whole.parse(answer)
  const width = Math.min(process.stdout.isTTY ? process.stdout.columns : 120, 140)
  console.log(`${c.bold(incident.id)} ${incident.status}, opened ${incident.openedAt}, seen ${incident.occurrences} times\n`)
  console.log(renderTable([incident.diagnosis], { colors: c, width, verbose: true }))
  for (const { at, change, by, text } of incident.timeline)
    console.log(`${c.dim(at)} ${change}${by === undefined ? '' : ` by ${by}`}: ${oneLine(text, width - 30)}`)
  for (const { at, by, text } of incident.notes) console.log(`${c.dim(at)} note by ${by}: ${oneLine(text, width - 30)}`)
}

/** `kulprit incidents ack ID` and `resolve ID` */
export async function actOnIncident(
  action: 'acknowledge' | 'resolve',
  id: string,
  { api, token, output, by = userInfo().username, text }: ActOptions,
): Promise<void> {
  const target: Api = apiAt(api, token)
  const answer = await target.post(`/v1/incidents/${encodeURIComponent(id)}/${action}`, {
    by,
    ...(text !== undefined && { text }),
  })
  if (output === 'json') return print(answer)
  const incident = item.parse(answer)
  console.log(`${incident.id} ${nameOf(incident)} is ${incident.status}`)
}

const print = (value: unknown) => console.log(JSON.stringify(value, null, 2))

function nameOf({ subject: about }: Pick<Item, 'subject'>): string {
  const { kind, name } = about.workload ?? about
  return `${kind}/${name}${about.container === undefined ? '' : ` (${about.container})`}`
}

/** Aligns cells in columns, but for the last. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

function ageOf(at: string): string {
  const minutes = Math.max(0, Math.round((Date.now() - Date.parse(at)) / 60_000))
  if (minutes < 60) return `${minutes} min ago`
  if (minutes < 48 * 60) return `${Math.round(minutes / 60)} h ago`
  return `${Math.round(minutes / 1440)} days ago`
}

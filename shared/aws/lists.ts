import { createHash } from 'node:crypto'
import { QueryCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod'
import { incidentSummary, type IncidentSummary } from '../summary.ts'
import { planList, tableShape, type ListPlan } from '../table.ts'
import { isExpired, type Item, type Table } from './table.ts'

/** What a list of incidents is narrowed by; `since` and `until` speak of the last change. */
export interface IncidentFilters {
  readonly status?: readonly string[] | undefined
  readonly cluster?: string | undefined
  readonly namespace?: string | undefined
  readonly workload?: string | undefined
  readonly cause?: string | undefined
  readonly family?: string | undefined
  readonly severity?: string | undefined
  readonly since?: string | undefined
  readonly until?: string | undefined
  readonly q?: string | undefined
}

export interface Page {
  readonly items: IncidentSummary[]
  readonly cursor?: string
}

/** A cursor that this list did not give. */
export class CursorError extends Error {
  override readonly name = 'CursorError'
}

/** Reading stops after this many queries of a partition, and the page ends early: a rare match must not cost a request its time. */
const mostQueries = 8

/** Gives one page of incidents, those changed last first. */
export async function listIncidents(
  table: Table,
  filters: IncidentFilters,
  { limit, cursor, now }: { readonly limit: number; readonly cursor?: string | undefined; readonly now: string },
): Promise<Page> {
  const before = cursor === undefined ? undefined : readCursor(cursor, filters)
  const plan = planList({ statuses: filters.status, cluster: filters.cluster, cause: filters.cause })
  const strands = await Promise.all(
    plan.partitions.map((partition) => readStrand(table, { plan, partition, filters, limit, before, now })),
  )
  // Below the place where a strand stopped, its next items are unknown: the merged list is right down to there.
  const floor = strands.map(({ stoppedAt }) => stoppedAt ?? '').reduce((a, b) => (a > b ? a : b), '')
  const merged = strands
    .flatMap(({ items }) => items)
    .filter((item) => sortOf(plan, item) >= floor)
    .sort((a, b) => (sortOf(plan, a) < sortOf(plan, b) ? 1 : -1))
  const shown = merged.slice(0, limit)
  const last = shown.at(-1)
  const items = shown.map(({ summary }) => incidentSummary.parse(summary))
  if (merged.length > limit && last !== undefined) return { items, cursor: writeCursor(sortOf(plan, last), filters) }
  return floor === '' ? { items } : { items, cursor: writeCursor(floor, filters) }
}

interface Strand {
  readonly items: Item[]
  /** Where reading stopped, when there may be more. */
  readonly stoppedAt?: string
}

interface StrandRequest {
  readonly plan: ListPlan
  readonly partition: string
  readonly filters: IncidentFilters
  readonly limit: number
  readonly before: string | undefined
  readonly now: string
}

async function readStrand({ client, name }: Table, request: StrandRequest): Promise<Strand> {
  const { plan, partition, filters, limit, before, now } = request
  const index = indexOf(plan)
  const from = filters.since ?? '0'
  const to =
    [before, filters.until === undefined ? '~' : `${filters.until}~`].filter((bound) => bound !== undefined).sort()[0] ?? '~'
  // DynamoDB refuses a range that ends before it begins.
  if (to < from) return { items: [] }
  const { expression, names, values } = conditionsOf(filters)
  const items: Item[] = []
  let next: Item | undefined
  for (let queries = 0; queries < mostQueries; queries++) {
    const answer = await client.send(
      new QueryCommand({
        TableName: name,
        IndexName: index.name,
        KeyConditionExpression: `${index.partitionKey} = :partition AND ${index.sortKey} BETWEEN :from AND :to`,
        ExpressionAttributeValues: {
          ':partition': partition,
          ':from': from,
          ':to': to,
          ...values,
        },
        ...(expression !== '' && { FilterExpression: expression, ExpressionAttributeNames: names }),
        ScanIndexForward: false,
        Limit: expression === '' ? limit + 2 : Math.max(200, limit + 2),
        ...(next !== undefined && { ExclusiveStartKey: next }),
      }),
    )
    const fresh = (answer.Items ?? []).filter((item) => !isExpired(item, now) && sortOf(plan, item) !== before)
    items.push(...fresh)
    next = answer.LastEvaluatedKey
    if (next === undefined) return { items }
    if (items.length > limit) break
  }
  const stoppedAt = next?.[index.sortKey]
  return typeof stoppedAt === 'string' ? { items, stoppedAt } : { items }
}

const indexOf = (plan: ListPlan) => tableShape.indexes.find(({ name }) => name === plan.index) ?? tableShape.indexes[0]
const sortOf = (plan: ListPlan, item: Item): string => String(item[indexOf(plan).sortKey])

function conditionsOf(filters: IncidentFilters) {
  const conditions: string[] = []
  const names: Record<string, string> = {}
  const values: Record<string, string> = {}
  for (const field of ['cluster', 'namespace', 'cause', 'family', 'severity'] as const) {
    const value = filters[field]
    if (value === undefined) continue
    conditions.push(`#summary.#${field} = :${field}`)
    Object.assign(names, { '#summary': 'summary', [`#${field}`]: field })
    values[`:${field}`] = value
  }
  if (filters.status !== undefined) {
    const wanted = filters.status.map((value, i) => [`:status${i}`, value] as const)
    conditions.push(`#summary.#status IN (${wanted.map(([key]) => key).join(', ')})`)
    Object.assign(names, { '#summary': 'summary', '#status': 'status' })
    Object.assign(values, Object.fromEntries(wanted))
  }
  if (filters.workload !== undefined) {
    const [name = '', kind] = filters.workload.split('/').toReversed()
    const owner = '#summary.#subject.#workload'
    const self = `(attribute_not_exists(${owner}) AND #summary.#subject.#name = :name)`
    conditions.push(`(${owner}.#name = :name OR ${self})`)
    Object.assign(names, { '#summary': 'summary', '#subject': 'subject', '#workload': 'workload', '#name': 'name' })
    values[':name'] = name
    if (kind !== undefined) {
      conditions.push(`(${owner}.#kind = :kind OR (attribute_not_exists(${owner}) AND #summary.#subject.#kind = :kind))`)
      names['#kind'] = 'kind'
      values[':kind'] = kind
    }
  }
  const words =
    filters.q
      ?.toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '')
      .slice(0, 8) ?? []
  words.forEach((word, i) => {
    conditions.push(`contains(#search, :word${i})`)
    names['#search'] = 'search'
    values[`:word${i}`] = word
  })
  return { expression: conditions.join(' AND '), names, values }
}

const cursorShape = z.object({ at: z.string().regex(/^\d{4}-[-:.\dTZ]{1,30}#inc_\w{1,50}$/), of: z.string() })

const fingerprint = (filters: IncidentFilters) => {
  const given = Object.entries(filters).filter(([, value]) => value !== undefined)
  const text = given.map((entry) => JSON.stringify(entry)).sort((a, b) => a.localeCompare(b))
  return createHash('sha256').update(text.join()).digest('base64url').slice(0, 8)
}

const writeCursor = (at: string, filters: IncidentFilters) =>
  Buffer.from(JSON.stringify({ at, of: fingerprint(filters) })).toString('base64url')

function readCursor(cursor: string, filters: IncidentFilters): string {
  const read = cursorShape.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString()))
  if (!read.success) throw new CursorError('the cursor is not one that this list gave')
  if (read.data.of !== fingerprint(filters)) throw new CursorError('the cursor belongs to a list with other filters')
  return read.data.at
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

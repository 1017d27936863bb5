import { BatchWriteCommand, DeleteCommand, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod'
import { heartbeat, recovery, type Heartbeat, type Recovery } from '../events.ts'
import { group as groupSchema, type Group } from '../group.ts'
import { silence as silenceSchema, type Silence } from '../silence.ts'
import { dayRow, dayRowsOf, daysBetween, type DayRow } from '../statistics.ts'
import type { Subject } from '../subject.ts'
import type { Incident } from '../incident.ts'
import { keys } from '../table.ts'
import { ConflictError, epochSeconds, held, isExpired, queryAll, type Item, type Table } from './table.ts'

/** A cluster, as its last heartbeat described it. */
export const clusterRecord = z.object({ heartbeat, silentSince: z.iso.datetime().optional() })
export type ClusterRecord = z.infer<typeof clusterRecord>

/** Saves a heartbeat where it is newer than what is known. Gives what was known before, for who wants to see a silence end. */
export async function saveHeartbeat(
  { client, name }: Table,
  beat: Heartbeat,
  retentionDays: number,
): Promise<ClusterRecord | undefined> {
  const at = new Date(beat.at).toISOString()
  const { Attributes: before } = await client
    .send(
      new PutCommand({
        TableName: name,
        Item: { ...keys.cluster(beat.cluster), beatAt: at, heartbeat: beat, expiresAt: epochSeconds(at, retentionDays) },
        ConditionExpression: 'attribute_not_exists(pk) OR beatAt < :at',
        ExpressionAttributeValues: { ':at': at },
        ReturnValues: 'ALL_OLD',
      }),
    )
    .catch(ignoringStale)
  return before === undefined ? undefined : clusterRecord.parse(before)
}
const ignoringStale = (error: unknown): { Attributes?: Item } => {
  if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return {}
  throw error
}

/** Marks a cluster as silent, unless it has spoken since. */
export async function markSilent(
  { client, name }: Table,
  { heartbeat: beat }: ClusterRecord,
  now: string,
  retentionDays: number,
) {
  const at = new Date(beat.at).toISOString()
  return held(
    client.send(
      new PutCommand({
        TableName: name,
        Item: {
          ...keys.cluster(beat.cluster),
          beatAt: at,
          heartbeat: beat,
          silentSince: now,
          expiresAt: epochSeconds(at, retentionDays),
        },
        ConditionExpression: 'beatAt = :at',
        ExpressionAttributeValues: { ':at': at },
      }),
    ),
  )
}

export async function listClusters(table: Table, now: string): Promise<ClusterRecord[]> {
  const items = await queryPartitions(table, keys.clusters())
  return items
    .filter((item) => !isExpired(item, now))
    .map((item) => clusterRecord.parse(item))
    .sort((a, b) => a.heartbeat.cluster.localeCompare(b.heartbeat.cluster))
}

async function queryPartitions(table: Table, partitions: readonly string[]): Promise<Item[]> {
  const found = await Promise.all(
    partitions.map((partition) =>
      queryAll(table, { KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': partition } }),
    ),
  )
  return found.flat()
}

const workloadKeyOf = ({ cluster, namespace, workload, kind, name }: Subject) =>
  keys.workload(cluster, namespace, workload ?? { kind, name })

/** Notes under the workload that it has this incident, so that a recovery finds it without waiting for an index. */
export async function linkIncident({ client, name }: Table, incident: Incident, retentionDays: number): Promise<void> {
  const { id, subject, lastSeenAt } = incident
  await client.send(
    new PutCommand({
      TableName: name,
      Item: {
        pk: workloadKeyOf(subject),
        sk: `incident#${id}`,
        id,
        container: subject.container,
        expiresAt: epochSeconds(lastSeenAt, retentionDays * 4),
      },
    }),
  )
}

/** Keeps the last recovery of a workload for a day: a failure that happened before it may arrive after it. */
export async function saveRecovery({ client, name }: Table, told: Recovery): Promise<void> {
  await held(
    client.send(
      new PutCommand({
        TableName: name,
        Item: {
          pk: keys.workload(told.cluster, told.namespace, told.workload),
          sk: `recovery#${told.container ?? ''}`,
          at: told.at,
          recovery: told,
          expiresAt: epochSeconds(told.at, 1),
        },
        ConditionExpression: 'attribute_not_exists(pk) OR #at < :at',
        ExpressionAttributeNames: { '#at': 'at' },
        ExpressionAttributeValues: { ':at': told.at },
      }),
    ),
  )
}

/** The ids of the incidents that a recovery speaks of: of its container, or of the whole workload. */
export async function incidentsOfRecovery(table: Table, told: Recovery): Promise<string[]> {
  const items = await queryAll(table, {
    KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
    ExpressionAttributeValues: { ':pk': keys.workload(told.cluster, told.namespace, told.workload), ':sk': 'incident#' },
    ConsistentRead: true,
  })
  return items.filter(({ container }) => told.container === undefined || container === told.container).map(({ id }) => String(id))
}

/** The recoveries that came before the failure they ended. */
export async function recoveriesOf({ client, name }: Table, { subject }: Incident): Promise<Recovery[]> {
  const { Items: items = [] } = await client.send(
    new QueryCommand({
      TableName: name,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
      ExpressionAttributeValues: { ':pk': workloadKeyOf(subject), ':sk': 'recovery#' },
      ConsistentRead: true,
    }),
  )
  return items
    .map((item) => recovery.parse(item['recovery']))
    .filter(({ container }) => container === undefined || container === subject.container)
}

export async function loadGroup({ client, name }: Table, key: string, now: string): Promise<Group | undefined> {
  const { Item: item } = await client.send(new GetCommand({ TableName: name, Key: keys.group(key), ConsistentRead: true }))
  return item === undefined || isExpired(item, now) ? undefined : groupSchema.parse(item['group'])
}

/** Saves a group that was read with the revision it carries; throws a `ConflictError` where somebody else has saved since. */
export async function saveGroup({ client, name }: Table, group: Group, now: string): Promise<Group> {
  const next = { ...group, revision: group.revision + 1 }
  const done = await held(
    client.send(
      new PutCommand({
        TableName: name,
        Item: {
          ...keys.group(group.key),
          revision: next.revision,
          group: next,
          expiresAt: epochSeconds(now, 30),
          ...(group.dueAt !== undefined && { liveKey: keys.dueIn(group.cluster), liveSort: `${group.dueAt}#${group.key}` }),
        },
        ConditionExpression: group.revision === 0 ? 'attribute_not_exists(pk) OR expiresAt < :now' : 'revision = :read',
        ExpressionAttributeValues: group.revision === 0 ? { ':now': epochSeconds(now, 0) } : { ':read': group.revision },
      }),
    ),
  )
  if (!done) throw new ConflictError(`group ${group.key} was saved by another writer since revision ${group.revision} was read`)
  return next
}

/** The keys of groups that are due: a message held back, or a reminder. */
export async function dueGroups(table: Table, now: string): Promise<string[]> {
  const found = await Promise.all(
    keys.due().map((partition) =>
      queryAll(table, {
        IndexName: 'live',
        KeyConditionExpression: 'liveKey = :partition AND liveSort <= :now',
        ExpressionAttributeValues: { ':partition': partition, ':now': `${now}~` },
      }),
    ),
  )
  return found.flat().map(({ pk }) => String(pk).slice('group#'.length))
}

export async function saveSilence({ client, name }: Table, silence: Silence): Promise<void> {
  const expiresAt = epochSeconds(silence.endsAt, 7)
  await client.send(new PutCommand({ TableName: name, Item: { ...keys.silence(silence.id), silence, expiresAt } }))
}

/** Removes a silence; false where there is none. */
export async function deleteSilence({ client, name }: Table, id: string): Promise<boolean> {
  return held(
    client.send(new DeleteCommand({ TableName: name, Key: keys.silence(id), ConditionExpression: 'attribute_exists(pk)' })),
  )
}

/** All silences that have not ended, those that end first before the others. */
export async function listSilences(table: Table, now: string): Promise<Silence[]> {
  const items = await queryPartitions(table, ['silences'])
  return items
    .map((item) => silenceSchema.parse(item['silence']))
    .filter(({ endsAt }) => endsAt > now)
    .sort((a, b) => a.endsAt.localeCompare(b.endsAt))
}

/** Writes what an incident counts for in the statistics of the days that its last change touches. */
export async function saveDayRows({ client, name }: Table, incident: Incident, retentionDays: number): Promise<void> {
  const rows = dayRowsOf(incident).slice(-2)
  if (rows.length === 0) return
  let writes = rows.map((row) => ({
    PutRequest: {
      Item: { ...keys.dayRow(row.day, incident), row, expiresAt: epochSeconds(`${row.day}T00:00:00Z`, retentionDays + 1) },
    },
  }))
  for (let attempt = 0; writes.length > 0; attempt++) {
    if (attempt === 8) throw new Error(`DynamoDB left ${writes.length} statistics rows of incident ${incident.id} unwritten`)
    if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, Math.random() * 50 * 2 ** attempt))
    const { UnprocessedItems } = await client.send(new BatchWriteCommand({ RequestItems: { [name]: writes } }))
    writes = (UnprocessedItems?.[name] ?? []) as typeof writes
  }
}

/** Reads the statistics rows of all days from one to the other. */
export async function listDayRows(table: Table, since: string, until: string, cluster?: string): Promise<DayRow[]> {
  const rows: DayRow[] = []
  const days = daysBetween(since, until)
  for (let i = 0; i < days.length; i += 8) {
    const items = await queryPartitions(
      table,
      days.slice(i, i + 8).flatMap((day) => keys.day(day, cluster)),
    )
    rows.push(...items.map(({ row }) => dayRow.parse(row)))
  }
  return rows
}

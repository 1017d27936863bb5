import { BatchWriteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import { group as schema, groupKeyOf, mostMembers, type Group } from '../group.ts'
import type { Incident } from '../incident.ts'
import { keys } from '../table.ts'
import { ConflictError, epochSeconds, held, isExpired, queryAll, type Item, type Table } from './table.ts'

const kept = { group: 30, member: 90, home: 90 } as const

/**
 * Notes that an incident belongs to its group: an item of its own, so that a storm of them does not meet at one. Done when the
 * incident changes, and not when its announcement has waited, so that the first message tells of all that failed meanwhile.
 */
export async function joinGroup({ client, name }: Table, incident: Incident, now: string): Promise<void> {
  const key = keys.member(groupKeyOf(incident), incident.id)
  await client.send(
    new PutCommand({ TableName: name, Item: { ...key, id: incident.id, expiresAt: epochSeconds(now, kept.member) } }),
  )
}

/** Takes incidents out of a group. */
export async function leaveGroup({ client, name }: Table, group: string, ids: readonly string[]): Promise<void> {
  for (let i = 0; i < ids.length; i += 25) {
    const requests = ids.slice(i, i + 25).map((id) => ({ DeleteRequest: { Key: { ...keys.member(group, id) } } }))
    // What is left undone costs a read of one more incident later, and nothing else.
    await client.send(new BatchWriteCommand({ RequestItems: { [name]: requests } }))
  }
}

/** A group as it stands now: what was told of it, where anything was, and its members. */
export async function loadGroup(table: Table, key: string, now: string): Promise<{ group?: Group; members: string[] }> {
  const items = await queryAll(table, {
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': keys.group(key).pk },
    ConsistentRead: true,
  })
  const here = items.filter((item) => !isExpired(item, now))
  const members = here.flatMap(({ sk, id }: Item) => (String(sk).startsWith('member#') ? [String(id)] : [])).slice(0, mostMembers)
  const record = here.find(({ sk }) => sk === 'group')
  return record === undefined ? { members } : { group: { ...schema.parse(record['group']), members }, members }
}

/** Saves a group that was read with the revision it carries; throws a `ConflictError` where somebody else has saved since. */
export async function saveGroup({ client, name }: Table, group: Group, now: string): Promise<Group> {
  const next = { ...group, revision: group.revision + 1 }
  const { dueAt, key, cluster, revision } = group
  const done = await held(
    client.send(
      new PutCommand({
        TableName: name,
        Item: {
          ...keys.group(key),
          revision: next.revision,
          group: { ...next, members: [] },
          expiresAt: epochSeconds(now, kept.group),
          ...(dueAt !== undefined && { liveKey: keys.dueIn(cluster), liveSort: `${dueAt}#${key}` }),
        },
        ConditionExpression: revision === 0 ? 'attribute_not_exists(pk) OR expiresAt < :now' : 'revision = :read',
        ExpressionAttributeValues: revision === 0 ? { ':now': epochSeconds(now, 0) } : { ':read': revision },
      }),
    ),
  )
  if (!done) throw new ConflictError(`group ${key} was saved by another writer since revision ${revision} was read`)
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

/** The group that last told of an incident. */
export async function loadHome({ client, name }: Table, id: string): Promise<string | undefined> {
  const { Item: item } = await client.send(new GetCommand({ TableName: name, Key: keys.home(id), ConsistentRead: true }))
  return typeof item?.['group'] === 'string' ? item['group'] : undefined
}

export async function saveHome({ client, name }: Table, id: string, group: string, now: string): Promise<void> {
  await client.send(
    new PutCommand({ TableName: name, Item: { ...keys.home(id), group, expiresAt: epochSeconds(now, kept.home) } }),
  )
}

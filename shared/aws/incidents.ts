import { gunzipSync, gzipSync } from 'node:zlib'
import { BatchGetCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import { incident as schema, type Incident } from '../incident.ts'
import { searchTextOf, summaryOf } from '../summary.ts'
import { indexKeysOf, keys } from '../table.ts'
import { ConflictError, epochSeconds, held, isExpired, type Item, type Table } from './table.ts'

/** DynamoDB takes items of 400 KB; compressed evidence is a tenth of its size, so this is hardly ever reached. */
const largestDetail = 300_000

/** Reads one incident as it stands now. */
export async function loadIncident({ client, name }: Table, id: string, now: string): Promise<Incident | undefined> {
  const { Item: item } = await client.send(new GetCommand({ TableName: name, Key: keys.incident(id), ConsistentRead: true }))
  return item === undefined || isExpired(item, now) ? undefined : incidentOf(item)
}

/** Reads several incidents as they stand now; what is gone is left out. */
export async function loadIncidents({ client, name }: Table, ids: readonly string[], now: string): Promise<Incident[]> {
  const found: Item[] = []
  for (let i = 0; i < ids.length; i += 100) {
    let wanted: Item[] = ids.slice(i, i + 100).map((id) => ({ ...keys.incident(id) }))
    for (let attempt = 0; wanted.length > 0; attempt++) {
      if (attempt === 8)
        throw new Error(`DynamoDB left ${wanted.length} of ${ids.length} incidents unread after ${attempt} attempts`)
      if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, Math.random() * 50 * 2 ** attempt))
      const { Responses, UnprocessedKeys } = await client.send(
        new BatchGetCommand({ RequestItems: { [name]: { Keys: wanted, ConsistentRead: true } } }),
      )
      found.push(...(Responses?.[name] ?? []))
      wanted = UnprocessedKeys?.[name]?.Keys ?? []
    }
  }
  return found.filter((item) => !isExpired(item, now)).map(incidentOf)
}

/**
 * Saves an incident that was read with the revision it carries, and gives it back with the next one.
 * Throws a `ConflictError` where somebody else has saved since.
 */
export async function saveIncident({ client, name }: Table, incident: Incident, retentionDays: number): Promise<Incident> {
  const next = { ...incident, revision: incident.revision + 1 }
  const done = await held(
    client.send(
      new PutCommand({
        TableName: name,
        Item: itemOf(next, retentionDays),
        ...(incident.revision === 0
          ? { ConditionExpression: 'attribute_not_exists(pk)' }
          : { ConditionExpression: 'revision = :read', ExpressionAttributeValues: { ':read': incident.revision } }),
      }),
    ),
  )
  if (!done)
    throw new ConflictError(`incident ${incident.id} was saved by another writer since revision ${incident.revision} was read`)
  return next
}

function itemOf(incident: Incident, retentionDays: number): Item {
  const last = [incident.lastSeenAt, incident.changedAt].sort().at(-1) ?? incident.changedAt
  return {
    ...keys.incident(incident.id),
    ...indexKeysOf(incident),
    revision: incident.revision,
    expiresAt: epochSeconds(last, retentionDays),
    summary: summaryOf(incident),
    search: searchTextOf(incident),
    detail: pack(incident),
  }
}

/** The whole incident, compressed: DynamoDB bills each save by the size of the item. Where it is still too big, evidence goes, the last first. */
function pack(incident: Incident): Uint8Array {
  const packed = gzipSync(JSON.stringify(incident))
  const { observation } = incident
  if (packed.byteLength <= largestDetail || observation.evidence.length === 0) return packed
  const evidence = observation.evidence.slice(0, Math.floor(observation.evidence.length / 2))
  return pack({
    ...incident,
    observation: { ...observation, evidence },
    diagnosis: { ...incident.diagnosis, evidence: incident.diagnosis.evidence.slice(0, Math.max(1, evidence.length)) },
  })
}

function incidentOf({ detail }: Item): Incident {
  if (!(detail instanceof Uint8Array)) throw new Error('an incident without detail stands in the table')
  return schema.parse(JSON.parse(gunzipSync(detail).toString()))
}

import { PutCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod'
import { heartbeat, type Heartbeat } from '../events.ts'
import { keys } from '../table.ts'
import { epochSeconds, held, isExpired, queryPartitions, type Item, type Table } from './table.ts'

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

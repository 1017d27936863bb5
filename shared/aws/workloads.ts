import { PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb'
import { recovery, type Recovery } from '../events.ts'
import type { Incident } from '../incident.ts'
import type { Subject } from '../subject.ts'
import { keys } from '../table.ts'
import { epochSeconds, held, queryAll, type Table } from './table.ts'

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

/** The ids of the incidents that a recovery speaks of: of its container ('': of the one of no container), or of the whole workload. */
export async function incidentsOfRecovery(table: Table, told: Recovery): Promise<string[]> {
  const items = await queryAll(table, {
    KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
    ExpressionAttributeValues: { ':pk': keys.workload(told.cluster, told.namespace, told.workload), ':sk': 'incident#' },
    ConsistentRead: true,
  })
  return items
    .filter(({ container }) => told.container === undefined || (container ?? '') === told.container)
    .map(({ id }) => String(id))
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
    .filter(({ container }) => container === undefined || container === (subject.container ?? ''))
}

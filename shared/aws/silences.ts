import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import { silence as schema, type Silence } from '../silence.ts'
import { keys } from '../table.ts'
import { epochSeconds, held, queryPartitions, type Table } from './table.ts'

/** Saves a silence; it stays a week longer than it lasts. */
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
    .map((item) => schema.parse(item['silence']))
    .filter(({ endsAt }) => endsAt > now)
    .sort((a, b) => a.endsAt.localeCompare(b.endsAt))
}

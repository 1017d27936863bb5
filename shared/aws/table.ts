import { ConditionalCheckFailedException, DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb'
import { clientOptions } from './clients.ts'

/** The table and the client that speaks to it. */
export interface Table {
  readonly client: DynamoDBDocumentClient
  readonly name: string
}

export function connectTable(name: string, config: DynamoDBClientConfig = {}): Table {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ ...clientOptions, ...config }), {
    marshallOptions: { removeUndefinedValues: true },
  })
  return { name, client }
}

/** A save that lost against another writer: read again, and try again. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError'
}

/** Runs a conditional write; gives false where its condition does not hold. */
export async function held(write: Promise<unknown>): Promise<boolean> {
  try {
    await write
    return true
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false
    throw error
  }
}

export type Item = Record<string, unknown>

/** Reads all items of a query, page after page. */
export async function queryAll({ client, name }: Table, input: Omit<QueryCommandInput, 'TableName'>): Promise<Item[]> {
  const items: Item[] = []
  let next: Item | undefined
  do {
    const answer = await client.send(
      new QueryCommand({ ...input, TableName: name, ...(next !== undefined && { ExclusiveStartKey: next }) }),
    )
    items.push(...(answer.Items ?? []))
    next = answer.LastEvaluatedKey
  } while (next !== undefined)
  return items
}

/** Reads all items of several partitions at once. */
export async function queryPartitions(table: Table, partitions: readonly string[]): Promise<Item[]> {
  const found = await Promise.all(
    partitions.map((partition) =>
      queryAll(table, { KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': partition } }),
    ),
  )
  return found.flat()
}

/** DynamoDB removes what has expired within days; until then readers pass it over. */
export const isExpired = ({ expiresAt }: Item, now: string): boolean =>
  typeof expiresAt === 'number' && expiresAt * 1000 <= Date.parse(now)

export const epochSeconds = (at: string, laterByDays: number): number =>
  Math.floor(Date.parse(at) / 1000) + Math.round(laterByDays * 86_400)

import { CreateTableCommand, ResourceInUseException } from '@aws-sdk/client-dynamodb'
import { tableShape } from '../table.ts'
import type { Table } from './table.ts'

/** Creates the table where it is not there yet; in AWS, CDK does. */
export async function createTable({ client, name }: Table): Promise<void> {
  const { partitionKey, sortKey, indexes } = tableShape
  const attributes = new Set([partitionKey, sortKey, ...indexes.flatMap((index) => [index.partitionKey, index.sortKey])])
  const schema = (partition: string, sort: string) => [
    { AttributeName: partition, KeyType: 'HASH' as const },
    { AttributeName: sort, KeyType: 'RANGE' as const },
  ]
  try {
    await client.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [...attributes].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
        KeySchema: schema(partitionKey, sortKey),
        GlobalSecondaryIndexes: indexes.map((index) => ({
          IndexName: index.name,
          KeySchema: schema(index.partitionKey, index.sortKey),
          Projection: { ProjectionType: 'INCLUDE' as const, NonKeyAttributes: [...index.projected] },
        })),
      }),
    )
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error
  }
}

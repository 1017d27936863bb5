import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { randomUUID } from 'node:crypto'
import { DeleteTableCommand } from '@aws-sdk/client-dynamodb'
import dynalite from 'dynalite'
import { createTable } from '../shared/aws/create-table.ts'
import { connectTable, type Table } from '../shared/aws/table.ts'

export interface TestTable {
  readonly table: Table
  readonly endpoint: string
  readonly close: () => Promise<void>
}

/** Starts an empty table: in this process, or at KULPRIT_TEST_DYNAMODB where that names another DynamoDB. */
export async function startTable(): Promise<TestTable> {
  Object.assign(process.env, { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' })
  const given = process.env['KULPRIT_TEST_DYNAMODB']
  const server = given === undefined ? dynalite({ createTableMs: 0 }).listen(0, '127.0.0.1') : undefined
  if (server !== undefined) await once(server, 'listening')
  const endpoint = given ?? `http://127.0.0.1:${(server?.address() as AddressInfo | undefined)?.port}`
  const table = connectTable(`kulprit-${randomUUID().slice(0, 8)}`, { endpoint })
  await createTable(table)
  const close = async () => {
    if (given !== undefined) await table.client.send(new DeleteTableCommand({ TableName: table.name }))
    table.client.destroy()
    server?.close()
    if (server !== undefined) server.closeAllConnections()
  }
  return { table, endpoint, close }
}

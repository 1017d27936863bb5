import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import dynalite from 'dynalite'
import { createTable } from '../shared/aws/create-table.ts'
import { connectTable } from '../shared/aws/table.ts'

/** An embedded DynamoDB with the one table in it. */
export interface Database {
  readonly endpoint: string
  readonly close: () => Promise<void>
}

/** Starts DynamoDB's API on a port of its own, with its items in a folder. */
export async function openDatabase(folder: string, tableName: string): Promise<Database> {
  const server = dynalite({ path: folder, createTableMs: 0 }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  const table = connectTable(tableName, {
    endpoint,
    maxAttempts: 1,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  })
  try {
    await createTable(table)
  } catch (error) {
    await close()
    throw error
  } finally {
    table.client.destroy()
  }
  return { endpoint, close }
}

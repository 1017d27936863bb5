import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb'
import type { Incident } from '../incident.ts'
import { dayRow, dayRowsOf, daysBetween, type DayRow } from '../statistics.ts'
import { keys } from '../table.ts'
import { epochSeconds, queryPartitions, type Table } from './table.ts'

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

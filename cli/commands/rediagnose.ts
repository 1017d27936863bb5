import { applyFact, type Store } from '../../shared/aws/apply.ts'
import { connectBus } from '../../shared/aws/bus.ts'
import { loadIncident } from '../../shared/aws/incidents.ts'
import { listIncidents } from '../../shared/aws/lists.ts'
import { connectTable } from '../../shared/aws/table.ts'
import { diagnose } from '../../shared/diagnose.ts'
import { CommandError, exitCodes, messageOf } from '../failure.ts'

export interface RediagnoseOptions {
  readonly table: string
  readonly bus: string
  readonly status: readonly string[]
  readonly cluster?: string
  readonly cause?: string
  readonly since?: string
  readonly retentionDays: string
  readonly dryRun?: boolean
}

/** Diagnoses stored incidents again with the rules of this version, and says what became another. */
export async function runRediagnose({ table: name, bus, retentionDays, dryRun, ...filters }: RediagnoseOptions): Promise<number> {
  const store: Store = { table: connectTable(name), bus: connectBus(bus), retentionDays: Number(retentionDays) }
  const status = filters.status.length === 0 ? ['open', 'acknowledged'] : filters.status
  const now = new Date().toISOString()
  const counts = { read: 0, changed: 0, failed: 0 }
  let cursor: string | undefined
  try {
    do {
      const page = await listIncidents(store.table, { ...filters, status }, { limit: 100, cursor, now })
      for (const { id } of page.items) {
        try {
          const told = await rediagnoseOne(store, id, now, dryRun === true)
          counts.read++
          if (told === undefined) continue
          counts.changed++
          console.log(told)
        } catch (error) {
          counts.failed++
          console.error(`kulprit: ${id} could not be diagnosed again: ${messageOf(error)}`)
        }
      }
      cursor = page.cursor
    } while (cursor !== undefined)
  } catch (error) {
    throw new CommandError(`the table ${name} could not be read: ${messageOf(error)}`, exitCodes.unreadable, { cause: error })
  }
  console.log(
    `${counts.read} incidents diagnosed again, ${counts.changed} ${dryRun === true ? 'would become' : 'became'} another, ${counts.failed} failed`,
  )
  return counts.failed === 0 ? exitCodes.ok : exitCodes.unreadable
}

/** What changed in words; undefined where the rules say what they said before. */
async function rediagnoseOne(store: Store, id: string, now: string, dryRun: boolean): Promise<string | undefined> {
  const before = await loadIncident(store.table, id, now)
  if (before === undefined) return undefined
  const diagnosis = diagnose(before.observation)
  const was = `${before.cause} (${before.confidence})`
  const is = `${diagnosis.cause} (${diagnosis.confidence})`
  if (!dryRun) await applyFact(store, id, { kind: 'rediagnosed', at: now, diagnosis }, now)
  if (was === is) return undefined
  const { kind, name } = before.subject.workload ?? before.subject
  return `${id}  ${before.cluster} ${before.namespace ?? ''}/${kind}/${name}: ${was} -> ${is}`
}

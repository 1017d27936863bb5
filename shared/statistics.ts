import * as z from 'zod'
import type { Incident } from './incident.ts'

export const statisticsKinds = ['cause', 'family', 'cluster', 'namespace', 'workload', 'day'] as const
export type StatisticsKind = (typeof statisticsKinds)[number]

/** What one incident came to on one day. A row is worked out from the incident as a whole, so that writing it twice counts nothing twice. */
export const dayRow = z.object({
  id: z.string(),
  day: z.string(),
  cluster: z.string(),
  namespace: z.string().optional(),
  workload: z.string(),
  cause: z.string(),
  family: z.string(),
  opened: z.number(),
  resolved: z.number(),
  secondsToResolve: z.number(),
})
export type DayRow = z.infer<typeof dayRow>

const dayOf = (at: string) => at.slice(0, 10)

/** The rows of an incident's days, from its timeline. */
export function dayRowsOf({ id, cluster, namespace, subject, cause, family, timeline }: Incident): DayRow[] {
  const { kind, name } = subject.workload ?? subject
  const rows = new Map<string, DayRow>()
  let openedAt: string | undefined
  for (const { at, change } of timeline) {
    const day = dayOf(at)
    const row = rows.get(day) ?? {
      id,
      day,
      cluster,
      workload: `${kind}/${name}`,
      cause,
      family,
      opened: 0,
      resolved: 0,
      secondsToResolve: 0,
      ...(namespace !== undefined && { namespace }),
    }
    if (change === 'opened' || change === 'reopened') {
      openedAt = at
      rows.set(day, { ...row, opened: row.opened + 1 })
    }
    if (change === 'resolved') {
      const seconds = openedAt === undefined ? 0 : (Date.parse(at) - Date.parse(openedAt)) / 1000
      rows.set(day, { ...row, resolved: row.resolved + 1, secondsToResolve: row.secondsToResolve + seconds })
    }
  }
  return [...rows.values()]
}

export const statisticsItem = z.object({
  key: z.string(),
  opened: z.number(),
  resolved: z.number(),
  meanSecondsToResolve: z.number().optional(),
})
export type StatisticsItem = z.infer<typeof statisticsItem>

/** Sums rows up; days in their order, everything else the most frequent first. */
export function summarise(rows: readonly DayRow[], by: StatisticsKind): StatisticsItem[] {
  const sums = new Map<string, { opened: number; resolved: number; seconds: number }>()
  for (const row of rows) {
    const key = keyOf(row, by)
    const sum = sums.get(key) ?? { opened: 0, resolved: 0, seconds: 0 }
    sums.set(key, {
      opened: sum.opened + row.opened,
      resolved: sum.resolved + row.resolved,
      seconds: sum.seconds + row.secondsToResolve,
    })
  }
  return [...sums]
    .map(([key, { opened, resolved, seconds }]) => ({
      key,
      opened,
      resolved,
      ...(resolved > 0 && { meanSecondsToResolve: Math.round(seconds / resolved) }),
    }))
    .sort((a, b) => (by === 'day' ? a.key.localeCompare(b.key) : b.opened - a.opened || a.key.localeCompare(b.key)))
}

function keyOf({ cluster, namespace = '', workload, cause, family, day }: DayRow, by: StatisticsKind): string {
  const place = `${cluster}/${namespace}`
  return { cause, family, cluster, day, namespace: place, workload: `${place}/${workload}` }[by]
}

/** All days from one to the other. */
export function daysBetween(since: string, until: string): string[] {
  const days: string[] = []
  for (let at = Date.parse(dayOf(since)); at <= Date.parse(dayOf(until)); at += 86_400_000)
    days.push(dayOf(new Date(at).toISOString()))
  return days
}

import { createHash } from 'node:crypto'
import { byWorstFirst } from './diagnosis.ts'
import { groupKeyOf, type Group } from './group.ts'
import type { Incident } from './incident.ts'
import type { Notification, NotificationChange } from './notification.ts'
import { silencing, type Silence } from './silence.ts'

/** Whether people are told, why or why not, and when to look at the group again. */
export interface Telling {
  readonly reason: string
  readonly notification?: Notification
  readonly dueAt?: string
}

/** Messages of one group keep this distance. */
const leastInterval = 5 * 60_000
/** What still fails is told again after this, unless somebody has acknowledged it. */
const reminderInterval = 4 * 60 * 60_000

/**
 * Decides whether a group's incidents are worth a message now, by comparing what they are with what was told of them.
 * The wait before the first message lies with the caller (a delay queue): what came and went meanwhile is never told.
 */
export function tell(group: Group, incidents: readonly Incident[], silences: readonly Silence[], now: string): Telling {
  const isTold = ({ id }: Incident, status: 'failing' | 'resolved') => group.told[id]?.status === status
  const members = incidents.filter((incident) => belongs(group, incident))
  const audible = members.filter((incident) => silencing(incident, silences, now) === undefined)
  const failing = audible.filter(({ status }) => status !== 'resolved').sort((a, b) => byWorstFirst(a.diagnosis, b.diagnosis))
  const recovered = members.filter((incident) => incident.status === 'resolved' && isTold(incident, 'failing'))
  const untold = failing.filter(
    (incident) => !isTold(incident, 'failing') && incident.status === 'open' && incident.severity !== 'info',
  )
  const told = failing.filter((incident) => isTold(incident, 'failing'))
  const worse = told.filter(({ id, severity }) => isWorse(severity, group.told[id]?.severity))
  const wanted = told.filter(({ status }) => status === 'open')

  const silenceEnds = silences
    .filter(({ endsAt }) => endsAt > now)
    .filter((silence) => members.some((incident) => incident.status !== 'resolved' && silencing(incident, [silence], now)))
    .map(({ endsAt }) => endsAt)
    .sort()[0]
  const write = (change: NotificationChange, reason: string): Telling => {
    const next = group.lastToldAt === undefined ? undefined : later(group.lastToldAt, leastInterval)
    if (next !== undefined && next > now) return { reason: `nothing yet: ${reason}, held back until ${next}`, dueAt: next }
    const shown =
      change === 'resolved' ? [] : failing.filter((incident) => isTold(incident, 'failing') || untold.includes(incident))
    const dueAt = shown.length > 0 ? later(now, reminderInterval) : silenceEnds
    return {
      reason,
      notification: notificationOf(group, change, reason, shown, recovered, now),
      ...(dueAt !== undefined && { dueAt }),
    }
  }

  if (untold.length > 0) return write('opened', firstReason(untold, group))
  if (worse.length > 0) return write('escalated', `${worse.length} of ${told.length} became worse`)
  if (recovered.length > 0 && told.length === 0) return write('resolved', 'all of it is resolved')
  if (wanted.length > 0 && group.lastToldAt !== undefined) {
    const due = later(group.lastToldAt, reminderInterval)
    if (due <= now) return write('reminder', `still failing ${reminderInterval / 3_600_000} hours after the last message`)
    return { reason: 'nothing: told already', dueAt: due }
  }
  return { reason: silentReason(members, audible, failing), ...(silenceEnds !== undefined && { dueAt: silenceEnds }) }
}

/** The group after a message of it was sent. */
export function withTold(group: Group, { failing, resolved, at }: Notification, dueAt: string | undefined): Group {
  const now = [
    ...failing.map(({ id, severity }) => [id, { status: 'failing' as const, severity }] as const),
    ...resolved.map(({ id, severity }) => [id, { status: 'resolved' as const, severity }] as const),
  ]
  const { claimedUntil: _claim, partly: _partly, dueAt: _due, ...rest } = group
  return { ...rest, told: { ...group.told, ...Object.fromEntries(now) }, lastToldAt: at, ...(dueAt !== undefined && { dueAt }) }
}

/** Leaves out of a group what has nothing more to say: what was told to be resolved, or came and went unseen. */
export function pruned(group: Group, incidents: readonly Incident[]): Group {
  const known = new Map(incidents.map((incident) => [incident.id, incident]))
  const members = group.members.filter((id) => {
    const incident = known.get(id)
    if (incident === undefined) return false
    return group.told[id]?.status === 'failing' || (incident.status !== 'resolved' && groupKeyOf(incident) === group.key)
  })
  return { ...group, members, told: Object.fromEntries(Object.entries(group.told).filter(([id]) => members.includes(id))) }
}

function notificationOf(
  group: Group,
  change: NotificationChange,
  reason: string,
  failing: readonly Incident[],
  resolved: readonly Incident[],
  at: string,
): Notification {
  const lead = failing[0] ?? resolved[0]
  const seed = [group.key, change, group.lastToldAt, failing.map(({ id }) => id), resolved.map(({ id }) => id)]
  return {
    id: createHash('sha256').update(JSON.stringify(seed)).digest('hex').slice(0, 24),
    groupKey: group.key,
    change,
    reason,
    at,
    cluster: group.cluster,
    cause: group.cause,
    family: lead?.family ?? 'unknown',
    title: lead?.title ?? group.cause,
    severity: lead?.severity ?? 'warning',
    factor: group.factor,
    failing,
    resolved,
  }
}

/** An incident whose cause turned out to be another has left its group, but who was told that it fails is told of its end. */
const belongs = (group: Group, incident: Incident) =>
  groupKeyOf(incident) === group.key || (incident.status === 'resolved' && group.told[incident.id]?.status === 'failing')

const later = (at: string, milliseconds: number) => new Date(Date.parse(at) + milliseconds).toISOString()
const ranks = { info: 0, warning: 1, critical: 2 } as const
const isWorse = (now: keyof typeof ranks, before: keyof typeof ranks | undefined) =>
  before !== undefined && ranks[now] > ranks[before]

function firstReason(untold: readonly Incident[], group: Group): string {
  if (group.lastToldAt === undefined) return 'first message'
  const again = untold.filter(({ timeline }) => timeline.some(({ change }) => change === 'reopened')).length
  return again === untold.length ? `${again} failed again` : `${untold.length} more since the last message`
}

function silentReason(members: readonly Incident[], audible: readonly Incident[], failing: readonly Incident[]): string {
  if (members.length === 0) return 'nothing: the incident has another cause by now'
  if (audible.length === 0) return 'nothing: silenced'
  if (failing.length === 0) return 'nothing: it came and went unseen, or its end was told already'
  if (failing.every(({ status }) => status === 'acknowledged')) return 'nothing: acknowledged'
  return 'nothing: for information only'
}

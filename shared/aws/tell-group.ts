import { groupKeyOf, newGroup, type Group } from '../group.ts'
import type { Incident } from '../incident.ts'
import type { Notification } from '../notification.ts'
import { pruned, tell, withTold } from '../tell.ts'
import { loadIncident, loadIncidents } from './incidents.ts'
import { joinGroup, leaveGroup, loadGroup, loadHome, saveGroup, saveHome } from './groups.ts'
import { listSilences } from './silences.ts'
import { ConflictError, type Table } from './table.ts'

/** One way to tell people; it throws where the message was not taken. */
export interface Channel {
  readonly name: string
  readonly send: (notification: Notification) => Promise<void>
}

export interface Desk {
  readonly table: Table
  readonly channels: readonly Channel[]
  readonly page?: string
}

/** What came of looking at a group. */
export interface Told {
  readonly group: string
  readonly reason: string
  readonly notification?: Notification
}

/** A sender that has crashed is believed to be sending for this long. */
const claimLasts = 60_000
const mostAttempts = 12

/** Tells of an incident that has changed, as far as its group has something to tell now. */
export async function tellIncident(desk: Desk, id: string, now: string): Promise<Told[]> {
  const incident = await loadIncident(desk.table, id, now)
  if (incident === undefined) return []
  const key = groupKeyOf(incident)
  const home = await loadHome(desk.table, id)
  if (incident.status !== 'resolved') await joinGroup(desk.table, incident, now)
  const told = [await tellGroup(desk, key, now, incident)]
  if (home === undefined || home === key) return told
  // It was told of under another cause: there its end is told, unless it is told of here by now.
  if (told[0]?.notification?.failing.some((failing) => failing.id === id)) await leaveGroup(desk.table, home, [id])
  else told.push(await tellGroup(desk, home, now))
  return told
}

/** Looks at one group and tells what there is to tell: claims it, sends, and marks it told. A crash costs a second message, never a missing one. */
export async function tellGroup(desk: Desk, key: string, now: string, joining?: Incident): Promise<Told> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await tellOnce(desk, key, now, joining)
    } catch (error) {
      if (!(error instanceof ConflictError) || attempt >= mostAttempts) throw error
      await pause(attempt)
    }
  }
}

async function tellOnce({ table, channels, page }: Desk, key: string, now: string, joining?: Incident): Promise<Told> {
  const { group: stored, members } = await loadGroup(table, key, now)
  const group = stored ?? (joining && newGroup(joining, members))
  if (group === undefined) return { group: key, reason: 'nothing: there is no such group' }
  if (group.claimedUntil !== undefined && group.claimedUntil > now)
    return { group: key, reason: `nothing yet: somebody else is sending until ${group.claimedUntil}` }
  const [incidents, silences] = await Promise.all([loadIncidents(table, members, now), listSilences(table, now)])
  const telling = tell(group, incidents, silences, now)
  if (telling.notification === undefined) {
    const { dueAt: _due, claimedUntil: _claim, ...rest } = pruned(group, incidents)
    const after = { ...rest, ...(telling.dueAt !== undefined && { dueAt: telling.dueAt }) }
    if (stored === undefined ? after.dueAt !== undefined : differ(after, stored)) await saveGroup(table, after, now)
    await leaveGroup(table, key, missing(members, after.members))
    return { group: key, reason: telling.reason }
  }
  const notification = { ...telling.notification, ...(page !== undefined && { page }) }
  const claimedUntil = new Date(Date.parse(now) + claimLasts).toISOString()
  const claimed = await saveGroup(table, { ...group, claimedUntil, dueAt: claimedUntil }, now)
  await send(table, channels, claimed, notification, now)
  await markTold(table, key, notification, telling.dueAt, incidents, now)
  await Promise.all(
    notification.failing.filter(({ id }) => group.told[id] === undefined).map(({ id }) => saveHome(table, id, key, now)),
  )
  return { group: key, reason: telling.reason, notification }
}

/** Sends on every channel. Where one fails, those that took the message are remembered, so that only the others get it again. */
async function send(
  table: Table,
  channels: readonly Channel[],
  group: Group,
  notification: Notification,
  now: string,
): Promise<void> {
  const taken = group.partly?.id === notification.id ? [...group.partly.channels] : []
  for (const channel of channels) {
    if (taken.includes(channel.name)) continue
    try {
      await channel.send(notification)
    } catch (cause) {
      const { claimedUntil: _claim, ...free } = group
      if (taken.length > 0) await saveGroup(table, { ...free, partly: { id: notification.id, channels: taken } }, now)
      else await saveGroup(table, free, now)
      throw new Error(`channel ${channel.name} did not take message ${notification.id} of group ${group.key}`, { cause })
    }
    taken.push(channel.name)
  }
}

/** Others may have joined the group meanwhile: they are told of when the next message may be sent. */
async function markTold(
  table: Table,
  key: string,
  notification: Notification,
  dueAt: string | undefined,
  incidents: readonly Incident[],
  now: string,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { group, members } = await loadGroup(table, key, now)
    if (group === undefined) return
    const joined = members.filter((id) => !incidents.some((incident) => incident.id === id))
    const told = pruned(withTold(group, notification, joined.length > 0 ? now : dueAt), incidents)
    try {
      await saveGroup(table, told, now)
      await leaveGroup(table, key, missing(members, [...told.members, ...joined]))
      return
    } catch (error) {
      if (!(error instanceof ConflictError) || attempt >= mostAttempts) throw error
      await pause(attempt)
    }
  }
}

const missing = (all: readonly string[], left: readonly string[]) => all.filter((id) => !left.includes(id))
const differ = (a: Group, b: Group) =>
  JSON.stringify(sorted({ ...a, members: [] })) !== JSON.stringify(sorted({ ...b, members: [] }))
const sorted = (group: Group) => Object.entries(group).sort(([a], [b]) => a.localeCompare(b))

const pause = (attempt: number) => new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(500, 20 * 2 ** attempt)))

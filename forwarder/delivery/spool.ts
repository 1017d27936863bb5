import { mkdir, readdir, readFile, rename, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import type { Outgoing, Worth } from './outgoing.ts'

const outgoing = z.object({
  detailType: z.string(),
  detail: z.string(),
  time: z.string(),
  worth: z.enum(['new', 'changed', 'recovered', 'repeated', 'heartbeat']),
  identity: z.string(),
})

/** An event that waits; its body is in memory or, once it was spooled, in a file. */
export interface Waiting {
  readonly sequence: number
  readonly worth: Worth
  readonly identity: string
  readonly bytes: number
  body: Outgoing | undefined
  tries: number
  notBefore: number
}

export interface SpoolOptions {
  /** Where events are kept while the bus is out of reach; without it they are kept in memory. */
  readonly folder: string | undefined
  readonly limitBytes: number
  readonly onDropped: (reason: string, count: number) => void
}

export interface Spool {
  readonly add: (event: Outgoing) => Waiting
  /** Those that may be sent now, oldest first. */
  readonly ready: (now: number) => readonly Waiting[]
  readonly load: (waiting: Waiting) => Promise<Outgoing | undefined>
  /** Writes down what could not be sent, so that it outlives this process. */
  readonly keep: (waiting: Waiting) => Promise<void>
  readonly done: (waiting: Waiting) => Promise<void>
  readonly all: () => readonly Waiting[]
  readonly bytes: () => number
  readonly nextAt: () => number | undefined
}

/** Holds events until they are delivered, within a limit: what is least worth goes first, a new failure never does. */
export async function openSpool({ folder, limitBytes, onDropped }: SpoolOptions): Promise<Spool> {
  let waiting: Waiting[] = []
  let sequence = 0
  let bytes = 0
  const onDisk = new Set<number>()
  const pathOf = (number: number) => join(folder ?? '', `${String(number).padStart(12, '0')}.json`)

  if (folder !== undefined) {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    for (const file of (await readdir(folder)).sort()) {
      if (file.endsWith('.part')) await unlink(join(folder, file))
      if (!/^\d{12}\.json$/.test(file)) continue
      const parsed = outgoing.safeParse(await readJson(join(folder, file)))
      if (!parsed.success) {
        onDropped('unreadable', 1)
        await unlink(join(folder, file))
        continue
      }
      sequence = Math.max(sequence, Number(file.slice(0, 12)) + 1)
      const { worth, identity, detail } = parsed.data
      const number = Number(file.slice(0, 12))
      waiting.push({
        sequence: number,
        worth,
        identity,
        bytes: Buffer.byteLength(detail),
        body: undefined,
        tries: 1,
        notBefore: 0,
      })
      bytes += Buffer.byteLength(detail)
      onDisk.add(number)
    }
  }

  function forget(item: Waiting): void {
    waiting = waiting.filter((other) => other !== item)
    bytes -= item.bytes
    if (folder !== undefined && onDisk.delete(item.sequence)) unlink(pathOf(item.sequence)).catch(() => onDropped('spool', 0))
  }

  /** A later word about the same failure replaces an earlier one of no more worth. */
  function supersede(event: Outgoing): void {
    if (event.worth !== 'heartbeat' && event.worth !== 'repeated') return
    for (const item of waiting)
      if (item.worth === event.worth && item.identity === event.identity && item.tries > 0) {
        forget(item)
        if (event.worth === 'repeated') onDropped('superseded', 1)
      }
  }

  function makeRoom(): void {
    for (const worth of ['heartbeat', 'repeated', 'changed'] as const) {
      for (const item of waiting) {
        if (bytes <= limitBytes) return
        if (item.worth !== worth) continue
        // The latest change of a failure is what it is now; only the steps before it can go.
        if (
          worth === 'changed' &&
          !waiting.some(({ identity, sequence: later }) => identity === item.identity && later > item.sequence)
        )
          continue
        forget(item)
        onDropped(`no room: ${worth}`, 1)
      }
    }
  }

  return {
    add: (event) => {
      supersede(event)
      const item: Waiting = {
        sequence: sequence++,
        worth: event.worth,
        identity: event.identity,
        bytes: Buffer.byteLength(event.detail),
        body: event,
        tries: 0,
        notBefore: 0,
      }
      waiting.push(item)
      bytes += item.bytes
      makeRoom()
      return item
    },
    ready: (now) => waiting.filter(({ notBefore }) => notBefore <= now),
    load: async (item) => {
      if (item.body !== undefined) return item.body
      const parsed = outgoing.safeParse(await readJson(pathOf(item.sequence)))
      if (parsed.success) return parsed.data
      forget(item)
      onDropped('unreadable', 1)
      return undefined
    },
    keep: async (item) => {
      if (folder === undefined || item.body === undefined || onDisk.has(item.sequence) || !waiting.includes(item)) return
      const path = pathOf(item.sequence)
      await writeFile(`${path}.part`, JSON.stringify(item.body), { mode: 0o600 })
      await rename(`${path}.part`, path)
      onDisk.add(item.sequence)
      item.body = undefined
      if (!waiting.includes(item)) {
        onDisk.delete(item.sequence)
        await unlink(path)
      }
    },
    done: async (item) => {
      waiting = waiting.filter((other) => other !== item)
      bytes -= item.bytes
      if (folder !== undefined && onDisk.delete(item.sequence)) await unlink(pathOf(item.sequence))
    },
    all: () => waiting,
    bytes: () => bytes,
    nextAt: () => (waiting.length === 0 ? undefined : Math.min(...waiting.map(({ notBefore }) => notBefore))),
  }
}

/** Undefined for a file that a crash left half written, or that is gone. */
async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as unknown
  } catch {
    return undefined
  }
}

import { backOff, pause, type BackOff } from '../back-off.ts'
import { sizeOf, type Outgoing } from './outgoing.ts'
import type { Spool, Waiting } from './spool.ts'

/** What the bus says of one entry: undefined where it took it. */
interface Refusal {
  readonly code: string
  readonly message: string
}

/** Puts up to ten events on the bus; answers with one verdict each, or fails as a whole. */
export type Put = (events: readonly Outgoing[]) => Promise<readonly (Refusal | undefined)[]>

export interface DeliverySettings {
  readonly linger: number
  readonly batch: number
  readonly batchBytes: number
  readonly backOff: BackOff
  /** How long a stop may wait for the bus. */
  readonly farewell: number
}

export const deliverySettings: DeliverySettings = {
  linger: 200,
  batch: 10,
  batchBytes: 1_000_000,
  backOff: { first: 250, limit: 30_000 },
  farewell: 8_000,
}

export interface DeliveryOptions {
  readonly put: Put
  readonly spool: Spool
  readonly source: string
  readonly now: () => number
  readonly random: () => number
  readonly settings: DeliverySettings
  readonly onDelivered: (event: Outgoing) => void
  readonly onDropped: (reason: string, count: number) => void
  readonly onTrouble: (refusal: Refusal, tries: number) => void
}

export interface Delivery {
  readonly send: (event: Outgoing) => void
  /** Sends what waits, as far as the bus takes it in time; the rest stays in the spool. */
  readonly stop: () => Promise<void>
  readonly waiting: () => number
}

/** Refused for what it is, not for the moment: sending it again would change nothing. */
const hopeless = new Set(['MalformedDetail', 'InvalidArgument', 'ValidationException', 'ValidationError'])

/** Sends events in batches, with a short wait for company; what is refused is tried again, alone and later. */
export function deliver(options: DeliveryOptions): Delivery {
  const { spool, settings, now, random } = options
  let timer: NodeJS.Timeout | undefined
  let dueAt = Number.POSITIVE_INFINITY
  let running: Promise<void> | undefined
  /** How often the bus as a whole did not answer. */
  let outages = 0
  let stopped = false

  function wake(after: number): void {
    const at = now() + after
    if (stopped || (timer !== undefined && dueAt <= at)) return
    clearTimeout(timer)
    dueAt = at
    timer = setTimeout(() => {
      timer = undefined
      running ??= drain().finally(() => {
        running = undefined
        const next = spool.nextAt()
        if (next !== undefined) wake(Math.max(settings.linger, next - now()))
      })
    }, after)
  }

  async function drain(): Promise<void> {
    for (;;) {
      const batch = await nextBatch()
      if (batch.length === 0) return
      const isOver = await sendBatch(batch)
      if (isOver) return
    }
  }

  async function nextBatch(): Promise<{ item: Waiting; event: Outgoing }[]> {
    const batch: { item: Waiting; event: Outgoing }[] = []
    let bytes = 0
    for (const item of spool.ready(now())) {
      if (batch.length === settings.batch) break
      const event = await spool.load(item)
      if (event === undefined) continue
      const size = sizeOf(event, options.source)
      if (batch.length > 0 && bytes + size > settings.batchBytes) break
      batch.push({ item, event })
      bytes += size
    }
    return batch
  }

  /** True where the bus does not answer: the others wait too. */
  async function sendBatch(batch: readonly { item: Waiting; event: Outgoing }[]): Promise<boolean> {
    let verdicts: readonly (Refusal | undefined)[]
    try {
      verdicts = await options.put(batch.map(({ event }) => event))
    } catch (error) {
      const refusal = { code: (error as Error).name, message: (error as Error).message }
      options.onTrouble(refusal, outages)
      const isHopeless = hopeless.has(refusal.code)
      // One bad entry makes the whole request invalid: found by sending each alone.
      if (isHopeless && batch.length > 1) {
        for (const one of batch) if (await sendBatch([one])) return true
        return false
      }
      const wait = backOff(outages++, settings.backOff, random)
      for (const { item } of batch) await settle(item, isHopeless ? 'hopeless' : 'later', wait)
      if (!isHopeless) for (const item of spool.ready(now())) item.notBefore = now() + wait
      return !isHopeless
    }
    outages = 0
    for (const [at, { item, event }] of batch.entries()) {
      const refusal = verdicts[at]
      if (refusal === undefined) {
        await spool.done(item)
        options.onDelivered(event)
        continue
      }
      options.onTrouble(refusal, item.tries)
      await settle(item, hopeless.has(refusal.code) ? 'hopeless' : 'later', backOff(item.tries, settings.backOff, random))
    }
    return false
  }

  async function settle(item: Waiting, fate: 'hopeless' | 'later', wait: number): Promise<void> {
    if (fate === 'hopeless') {
      await spool.done(item)
      options.onDropped('refused', 1)
      return
    }
    item.tries++
    item.notBefore = now() + wait
    await spool.keep(item)
  }

  if (spool.all().length > 0) wake(0)
  return {
    send: (event) => {
      spool.add(event)
      wake(settings.linger)
    },
    waiting: () => spool.all().length,
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      await running
      const until = now() + settings.farewell
      while (spool.all().length > 0 && now() < until) {
        for (const item of spool.all()) item.notBefore = 0
        await drain()
        if (spool.all().length > 0) await pause(settings.linger)
      }
      for (const item of spool.all()) await spool.keep(item)
    },
  }
}

import { createHash, randomUUID } from 'node:crypto'
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import { openJournal, type DeadLetter, type Message } from './journal.ts'

export interface QueueOptions {
  readonly name: string
  /** Where undelivered messages are kept. */
  readonly file: string
  /** How long a message waits before it is delivered first. */
  readonly delay: number
  /** How long a message that failed waits for its next try. */
  readonly visibility: number
  /** After so many deliveries a message that still fails is a dead letter. */
  readonly maxReceives: number
  readonly consume: (event: SQSEvent) => Promise<SQSBatchResponse | undefined>
  readonly onDead?: (letter: DeadLetter) => void
}

/** Delivers as SQS and its event source mapping do: at least once, in batches, with delay, retries and dead letters. */
export interface Queue {
  readonly name: string
  send(bodies: readonly string[]): void
  dead(): readonly DeadLetter[]
  waiting(): number
  /** Puts the dead letters back. */
  redrive(): number
  /** Takes no more batches, and waits for the one that is being worked on. */
  stop(): Promise<void>
}

const batchSize = 10

export function openQueue({ name, file, delay, visibility, maxReceives, consume, onDead }: QueueOptions): Queue {
  const journal = openJournal(file)
  let timer: NodeJS.Timeout | undefined
  let working: Promise<void> | undefined
  let stopped = false

  function schedule(): void {
    if (stopped || working !== undefined) return
    clearTimeout(timer)
    const next = Math.min(...[...journal.waiting.values()].map(({ visibleAt }) => visibleAt))
    if (next === Infinity) return
    timer = setTimeout(
      () => {
        working = deliver().finally(() => {
          working = undefined
          schedule()
        })
      },
      Math.max(0, Math.min(next - Date.now(), 60_000)),
    )
  }

  async function deliver(): Promise<void> {
    const now = Date.now()
    const batch = [...journal.waiting.values()].filter(({ visibleAt }) => visibleAt <= now).slice(0, batchSize)
    if (batch.length === 0) return
    const failed = await failuresOf(batch)
    journal.done(batch.map(({ id }) => id).filter((id) => !failed.has(id)))
    for (const message of batch) {
      const reason = failed.get(message.id)
      if (reason === undefined) continue
      const receives = message.receives + 1
      if (receives < maxReceives) journal.retry(message.id, receives, Date.now() + visibility)
      else {
        const letter = { ...message, receives, diedAt: Date.now(), reason }
        journal.die(letter)
        onDead?.(letter)
      }
    }
  }

  async function failuresOf(batch: readonly Message[]): Promise<ReadonlyMap<string, string>> {
    try {
      const answer = await consume({ Records: batch.map((message) => recordOf(message, name)) })
      return new Map(answer?.batchItemFailures.map(({ itemIdentifier }) => [itemIdentifier, 'the function failed on it']))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      return new Map(batch.map(({ id }) => [id, reason]))
    }
  }

  const put = (bodies: readonly string[], wait: number) => {
    const sentAt = Date.now()
    journal.put(bodies.map((body) => ({ id: randomUUID(), body, sentAt, visibleAt: sentAt + wait, receives: 0 })))
    schedule()
  }

  schedule()
  return {
    name,
    send: (bodies) => put(bodies, delay),
    dead: () => [...journal.dead.values()],
    waiting: () => journal.waiting.size,
    redrive: () => {
      const letters = [...journal.dead.values()]
      journal.put(letters.map(({ id, body, sentAt }) => ({ id, body, sentAt, visibleAt: Date.now(), receives: 0 })))
      schedule()
      return letters.length
    },
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      await working
      journal.close()
    },
  }
}

const recordOf = ({ id, body, sentAt, receives }: Message, queue: string): SQSRecord => ({
  messageId: id,
  receiptHandle: id,
  body,
  attributes: {
    ApproximateReceiveCount: String(receives + 1),
    SentTimestamp: String(sentAt),
    SenderId: 'local',
    ApproximateFirstReceiveTimestamp: String(Date.now()),
  },
  messageAttributes: {},
  md5OfBody: createHash('md5').update(body).digest('hex'),
  eventSource: 'aws:sqs',
  eventSourceARN: `arn:aws:sqs:local:000000000000:${queue}`,
  awsRegion: 'local',
})

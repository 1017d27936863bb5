import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { openQueue, type Queue, type QueueOptions } from '../../local/queue.ts'

let folder: string
const open: Queue[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kulprit-queue-'))
})
afterEach(async () => {
  for (const queue of open.splice(0)) await queue.stop()
  rmSync(folder, { recursive: true })
})

function queueWith(consume: QueueOptions['consume'], options: Partial<QueueOptions> = {}): Queue {
  const queue = openQueue({
    name: 'q',
    file: join(folder, 'q.jsonl'),
    delay: 0,
    visibility: 1,
    maxReceives: 3,
    consume,
    ...options,
  })
  open.push(queue)
  return queue
}
const until = async (condition: () => boolean) => {
  while (!condition()) await pause(2)
}
const never = () => new Promise<undefined>(() => {})

describe('a local queue', () => {
  it('delivers in batches of ten at most, in the order of sending', async () => {
    const batches: string[][] = []
    const queue = queueWith(async ({ Records }) => void batches.push(Records.map(({ body }) => body)))
    const bodies = Array.from({ length: 23 }, (_, n) => `m${n}`)
    queue.send(bodies)
    await until(() => queue.waiting() === 0)
    expect(batches.map((batch) => batch.length)).toEqual([10, 10, 3])
    expect(batches.flat()).toEqual(bodies)
  })

  it('delivers again only the records of a batch that failed, and counts the deliveries', async () => {
    const got: string[] = []
    const queue = queueWith(async ({ Records }) => {
      got.push(...Records.map(({ body, attributes }) => `${body} ${attributes.ApproximateReceiveCount}`))
      const failed = Records.filter(({ body, attributes }) => body === 'b' && attributes.ApproximateReceiveCount === '1')
      return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) }
    })
    queue.send(['a', 'b', 'c'])
    await until(() => queue.waiting() === 0)
    expect(got).toEqual(['a 1', 'b 1', 'c 1', 'b 2'])
  })

  it('keeps what fails too often as a dead letter with its reason, and puts it back when asked', async () => {
    const died: string[] = []
    let works = false
    const queue = queueWith(
      async () => {
        if (!works) throw new Error('no database')
      },
      { onDead: ({ body }) => died.push(body) },
    )
    queue.send(['a'])
    await until(() => queue.dead().length === 1)
    expect(queue.dead()).toEqual([expect.objectContaining({ body: 'a', receives: 3, reason: 'no database' })])
    expect(died).toEqual(['a'])
    works = true
    expect(queue.redrive()).toBe(1)
    await until(() => queue.waiting() === 0)
    expect(queue.dead()).toEqual([])
  })

  it('holds a message back for its delay', async () => {
    let delivered = 0
    const queue = queueWith(async ({ Records }) => void (delivered += Records.length), { delay: 60_000 })
    queue.send(['later'])
    const now = queueWith(async ({ Records }) => void (delivered += Records.length), { file: join(folder, 'other.jsonl') })
    now.send(['now'])
    await until(() => now.waiting() === 0)
    expect({ delivered, waiting: queue.waiting() }).toEqual({ delivered: 1, waiting: 1 })
  })

  it('delivers after a restart what was accepted before and not worked off, dead letters aside', async () => {
    const first = queueWith(never, { delay: 60_000 })
    first.send(['a', 'b'])
    // The process ends here: nothing is closed, and the last line is only half written.
    appendFileSync(join(folder, 'q.jsonl'), '{"op":"put","mess')
    open.splice(0)
    const copy = join(folder, 'copy.jsonl')
    appendFileSync(
      copy,
      readFileSync(join(folder, 'q.jsonl'))
        .toString()
        .replaceAll(/"visibleAt":\d+/g, '"visibleAt":0'),
    )
    const got: string[] = []
    const second = queueWith(async ({ Records }) => void got.push(...Records.map(({ body }) => body)), { file: copy })
    await until(() => second.waiting() === 0)
    expect(got).toEqual(['a', 'b'])
    await first.stop()
  })
})

import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'

/** One message that waits, as it stands on disk. */
export interface Message {
  readonly id: string
  readonly body: string
  /** Epoch milliseconds. */
  readonly sentAt: number
  readonly visibleAt: number
  readonly receives: number
}

export interface DeadLetter extends Message {
  readonly diedAt: number
  readonly reason: string
}

type Entry =
  | { readonly op: 'put'; readonly message: Message }
  | { readonly op: 'retry'; readonly id: string; readonly receives: number; readonly visibleAt: number }
  | { readonly op: 'done'; readonly id: string }
  | { readonly op: 'dead'; readonly letter: Pick<DeadLetter, 'id' | 'receives' | 'diedAt' | 'reason'> }

/** The undelivered messages of one queue on disk: what was accepted survives the end of the process at any moment. */
export interface Journal {
  readonly waiting: ReadonlyMap<string, Message>
  readonly dead: ReadonlyMap<string, DeadLetter>
  put(messages: readonly Message[]): void
  retry(id: string, receives: number, visibleAt: number): void
  done(ids: readonly string[]): void
  die(letter: DeadLetter): void
  close(): void
}

/** Lines that say nothing any more are dropped when there are so many. */
const longest = 20_000

/** Opens the journal of a file, with what an earlier process left in it. */
export function openJournal(path: string): Journal {
  const waiting = new Map<string, Message>()
  const dead = new Map<string, DeadLetter>()
  for (const entry of existsSync(path) ? read(path) : []) apply(entry)
  let file = compact()
  let lines = 0

  function apply(entry: Entry): void {
    switch (entry.op) {
      case 'put':
        dead.delete(entry.message.id)
        waiting.set(entry.message.id, entry.message)
        return
      case 'retry': {
        const message = waiting.get(entry.id)
        if (message !== undefined) waiting.set(entry.id, { ...message, receives: entry.receives, visibleAt: entry.visibleAt })
        return
      }
      case 'done':
        waiting.delete(entry.id)
        return
      case 'dead': {
        const message = waiting.get(entry.letter.id)
        if (message !== undefined) dead.set(message.id, { ...message, ...entry.letter })
        waiting.delete(entry.letter.id)
      }
    }
  }

  /** Writes what is left to a new file and puts it in the place of the old one. */
  function compact(): number {
    const next = openSync(`${path}.new`, 'w')
    const left: Entry[] = [
      ...[...waiting.values()].map((message): Entry => ({ op: 'put', message })),
      ...[...dead.values()].flatMap(({ diedAt, reason, ...message }): Entry[] => [
        { op: 'put', message },
        { op: 'dead', letter: { id: message.id, receives: message.receives, diedAt, reason } },
      ]),
    ]
    writeSync(next, lineOf(left))
    fsyncSync(next)
    renameSync(`${path}.new`, path)
    return next
  }

  function write(entries: readonly Entry[]): void {
    // A write that has returned outlives this process; one call for all, so that a batch is whole or not there.
    writeSync(file, lineOf(entries))
    for (const entry of entries) apply(entry)
    lines += entries.length
    if (lines < longest + 2 * (waiting.size + dead.size)) return
    closeSync(file)
    file = compact()
    lines = 0
  }

  return {
    waiting,
    dead,
    put: (messages) => write(messages.map((message) => ({ op: 'put', message }))),
    retry: (id, receives, visibleAt) => write([{ op: 'retry', id, receives, visibleAt }]),
    done: (ids) => write(ids.map((id) => ({ op: 'done', id }))),
    die: ({ id, receives, diedAt, reason }) => write([{ op: 'dead', letter: { id, receives, diedAt, reason } }]),
    close: () => closeSync(file),
  }
}

const lineOf = (entries: readonly Entry[]) => entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')

function read(path: string): Entry[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return line === '' ? [] : [JSON.parse(line) as Entry]
      } catch {
        return [] // the line that was being written when the process was killed: it had not been accepted yet
      }
    })
}

import { alternativesOf, requiredBy } from './required.ts'

/**
 * Which three characters follow each other anywhere in a text, as bits of a table: to ask it for a word is much cheaper than to
 * look through the text, and a word that it denies is not there.
 */
export type Fingerprint = Uint8Array

const size = 8_192
const slotOf = (a: number, b: number, c: number): number => (a * 961 + b * 31 + c) & (size - 1)

/** The fingerprint of a text, whatever its case. */
export function fingerprintOf(text: string): Fingerprint {
  const table = new Uint8Array(size)
  const lower = text.toLowerCase()
  let a = lower.charCodeAt(0)
  let b = lower.charCodeAt(1)
  for (let at = 2; at < lower.length; at++) {
    const c = lower.charCodeAt(at)
    table[slotOf(a, b, c)] = 1
    a = b
    b = c
  }
  return table
}

const slotsOf = (word: string): readonly number[] =>
  Array.from({ length: word.length - 2 }, (_, at) =>
    slotOf(word.charCodeAt(at), word.charCodeAt(at + 1), word.charCodeAt(at + 2)),
  )

interface Part {
  readonly pattern: RegExp
  /** The slots of each word of which one must be there; undefined where any text may match. */
  readonly words: readonly (readonly number[])[] | undefined
}

const known = new WeakMap<RegExp, readonly Part[]>()

/** The alternatives of a pattern, each with what it cannot do without. */
function partsOf(pattern: RegExp): readonly Part[] {
  const before = known.get(pattern)
  if (before !== undefined) return before
  const parts = alternativesOf(pattern.source).map((source) => ({
    pattern: new RegExp(source, pattern.flags),
    words: requiredBy(source)?.map(slotsOf),
  }))
  known.set(pattern, parts)
  return parts
}

/** The alternatives of a pattern that could match in a text; most patterns have none. */
export function candidatesIn(fingerprint: Fingerprint, pattern: RegExp): readonly RegExp[] {
  let found: RegExp[] | undefined
  for (const part of partsOf(pattern)) {
    if (mayMatch(fingerprint, part)) (found ??= []).push(part.pattern)
  }
  return found ?? none
}

const none: readonly RegExp[] = []

function mayMatch(fingerprint: Fingerprint, { words }: Part): boolean {
  if (words === undefined) return true
  for (const slots of words) {
    let at = 0
    while (at < slots.length && fingerprint[slots[at] ?? 0] === 1) at++
    if (at === slots.length) return true
  }
  return false
}

/** The first match of any of these in a text. */
export function firstMatch(patterns: readonly RegExp[], text: string): RegExpExecArray | undefined {
  for (const pattern of patterns) {
    const match = pattern.exec(text)
    if (match !== null) return match
  }
  return undefined
}

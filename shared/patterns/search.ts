import { alternativesOf, requiredBy } from './required.ts'

/** Which three characters follow each other anywhere in a text: a word of which that is not true is not in it. */
export interface Fingerprint {
  /** One for each slot that the text has. */
  readonly table: Uint8Array
  readonly slots: readonly number[]
}

const size = 8_192
const slotOf = (a: number, b: number, c: number): number => (a * 961 + b * 31 + c) & (size - 1)

/** The fingerprint of a text, whatever its case. */
export function fingerprintOf(text: string): Fingerprint {
  const table = new Uint8Array(size)
  const slots: number[] = []
  const lower = text.toLowerCase()
  let a = lower.charCodeAt(0)
  let b = lower.charCodeAt(1)
  for (let at = 2; at < lower.length; at++) {
    const c = lower.charCodeAt(at)
    const slot = slotOf(a, b, c)
    if (table[slot] === 0) {
      table[slot] = 1
      slots.push(slot)
    }
    a = b
    b = c
  }
  return { table, slots }
}

const slotsOf = (word: string): readonly number[] =>
  Array.from({ length: word.length - 2 }, (_, at) =>
    slotOf(word.charCodeAt(at), word.charCodeAt(at + 1), word.charCodeAt(at + 2)),
  )

/** One alternative of a pattern, and one of the words of which it must find any. */
interface Entry {
  readonly whole: RegExp
  readonly part: RegExp
  readonly slots: readonly number[]
}

/** Many patterns, found by what they cannot do without. */
export interface PatternIndex {
  /** By the slot that is the rarest of a word, so that most texts ask for few of them. */
  readonly bySlot: ReadonlyMap<number, readonly Entry[]>
  /** Alternatives that might match any text. */
  readonly always: ReadonlyMap<RegExp, readonly RegExp[]>
}

/** Takes patterns apart once, so that texts can be asked quickly which of them could match. */
export function indexOf(patterns: Iterable<RegExp>): PatternIndex {
  const entries: Entry[] = []
  const always = new Map<RegExp, RegExp[]>()
  for (const whole of new Set(patterns)) {
    for (const source of alternativesOf(whole.source)) {
      const part = new RegExp(source, whole.flags)
      const words = requiredBy(source)
      if (words === undefined) always.set(whole, [...(always.get(whole) ?? []), part])
      for (const word of words ?? []) entries.push({ whole, part, slots: slotsOf(word) })
    }
  }
  const uses = new Map<number, number>()
  for (const { slots } of entries) for (const slot of new Set(slots)) uses.set(slot, (uses.get(slot) ?? 0) + 1)
  const rarest = ({ slots }: Entry) => slots.reduce((best, slot) => ((uses.get(slot) ?? 0) < (uses.get(best) ?? 0) ? slot : best))
  return { bySlot: Map.groupBy(entries, rarest), always }
}

/** Of each pattern the alternatives that could match in a text; most patterns have none. */
export function candidatesIn({ bySlot, always }: PatternIndex, { table, slots }: Fingerprint): Map<RegExp, RegExp[]> {
  const found = new Map<RegExp, RegExp[]>()
  for (const [whole, parts] of always) found.set(whole, [...parts])
  for (const slot of slots) {
    for (const { whole, part, slots: wanted } of bySlot.get(slot) ?? []) {
      if (!wanted.every((one) => table[one] === 1)) continue
      const parts = found.get(whole)
      if (parts === undefined) found.set(whole, [part])
      else if (!parts.includes(part)) parts.push(part)
    }
  }
  return found
}

/** The first match of any of these in a text. */
export function firstMatch(patterns: readonly RegExp[], text: string): RegExpExecArray | undefined {
  for (const pattern of patterns) {
    const match = pattern.exec(text)
    if (match !== null) return match
  }
  return undefined
}

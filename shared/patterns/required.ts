/** Of these words a text must hold one, in lower case, for a pattern to match; undefined where any text might match. */
export type Required = readonly string[] | undefined

/** Shorter words are in most texts and rule out nothing. */
const shortest = 3

/** The alternatives of a pattern: `a|b(?:c|d)` is `a` and `b(?:c|d)`. */
export function alternativesOf(source: string): readonly string[] {
  const parts: string[] = []
  let from = 0
  let depth = 0
  for (let at = 0; at < source.length; at++) {
    const char = source[at]
    if (char === '\\') at++
    else if (char === '[') at = endOfClass(source, at)
    else if (char === '(') depth++
    else if (char === ')') depth--
    else if (char === '|' && depth === 0) {
      parts.push(source.slice(from, at))
      from = at + 1
    }
  }
  return [...parts, source.slice(from)]
}

/** What a text must hold for a pattern to match at all: of each alternative its longest word. */
export function requiredBy(source: string): Required {
  const words: string[] = []
  for (const alternative of alternativesOf(source)) {
    const required = bestOf(alternative)
    if (required === undefined) return undefined
    words.push(...required)
  }
  return words
}

/** The part of a sequence that rules out the most texts. */
function bestOf(sequence: string): Required {
  let best: Required
  let run = ''
  const offer = (words: Required) => {
    if (words !== undefined && rank(words) > (best === undefined ? 0 : rank(best))) best = words
  }
  const close = () => {
    if (run.length >= shortest) offer([run.toLowerCase()])
    run = ''
  }
  for (let at = 0; at < sequence.length;) {
    const { literal, group, end } = atomAt(sequence, at)
    const { optional, repeated, next } = quantifierAt(sequence, end)
    if (literal !== undefined && !optional) run += literal
    if (literal === undefined || optional || repeated) close()
    if (group !== undefined && !optional) offer(requiredBy(group))
    at = next
  }
  close()
  return best
}

/** Long words rule out more texts than short ones, one word more than many. */
const rank = (words: readonly string[]): number => Math.min(...words.map(({ length }) => length)) - words.length / 8

interface Atom {
  /** A character that stands for itself. */
  readonly literal?: string
  /** What stands between the parentheses of a group; not that of a look-around. */
  readonly group?: string
  readonly end: number
}

function atomAt(source: string, at: number): Atom {
  const char = source.charAt(at)
  if (char === '\\') {
    const escaped = source.charAt(at + 1)
    if (escaped === 'u') return { end: at + 6 }
    if (escaped === 'x') return { end: at + 4 }
    return /[a-zA-Z0-9]/.test(escaped) ? { end: at + 2 } : { literal: escaped, end: at + 2 }
  }
  if (char === '[') return { end: endOfClass(source, at) + 1 }
  if (char === '(') {
    const end = endOfGroup(source, at)
    const inner = source.slice(at + 1, end)
    const looks = /^\?<?[=!]/.test(inner)
    return { ...(!looks && { group: inner.replace(/^\?(?::|<\w{1,40}>)/, '') }), end: end + 1 }
  }
  return /[.^$]/.test(char) ? { end: at + 1 } : { literal: char, end: at + 1 }
}

function quantifierAt(
  source: string,
  at: number,
): { readonly optional: boolean; readonly repeated: boolean; readonly next: number } {
  const [found = '', mark = '', least] = /^(?:([?*+])|\{(\d{1,6})(?:,\d{0,6})?\})\??/.exec(source.slice(at, at + 20)) ?? []
  const repeated = found !== ''
  return { optional: mark === '?' || mark === '*' || least === '0', repeated, next: at + found.length }
}

function endOfClass(source: string, from: number): number {
  let at = from + 1
  while (at < source.length && source[at] !== ']') at += source[at] === '\\' ? 2 : 1
  return at
}

function endOfGroup(source: string, from: number): number {
  let depth = 0
  for (let at = from; at < source.length; at++) {
    const char = source[at]
    if (char === '\\') at++
    else if (char === '[') at = endOfClass(source, at)
    else if (char === '(') depth++
    else if (char === ')' && --depth === 0) return at
  }
  return source.length
}

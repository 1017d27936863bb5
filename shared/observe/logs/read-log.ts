import { readableLines } from './readable.ts'
import { weigh } from './weigh-line.ts'

/** What a log comes down to: the lines that matter, oldest first, and the one among them that explains. */
export interface ReadLog {
  readonly lines: string[]
  readonly quote: string
}

/** Of a log beyond this only its beginning and its end are read: a program says who it is first, and why it ends last. */
const longestHead = 200_000
const longestTail = 600_000
const mostLines = 40
const mostCharacters = 6_000
const longestLine = 700

/** Reads a log of any size: the line that explains the failure, and what stands around it. */
export function readLog(text: string): ReadLog {
  const lines = readableLines(ends(text))
  if (lines.length === 0) return { lines: [], quote: '' }
  const weights = weigh(lines)
  let root = lines.length - 1
  weights.forEach((weight, at) => {
    if (weight >= (weights[root] ?? 0)) root = at
  })
  const kept = keep(lines, weights, root)
  const cutLines = kept.map((at) => shorten(lines[at] ?? '', at === root ? 1_000 : longestLine))
  return { lines: cutLines, quote: cutLines[kept.indexOf(root)] ?? '' }
}

function ends(text: string): string {
  if (text.length <= longestHead + longestTail) return text
  const next = text.indexOf('\n', longestHead)
  const isOneLine = next < 0 || next > text.length - longestTail
  return `${text.slice(0, longestHead)}${isOneLine ? ' … ' : '\n'}${text.slice(-longestTail)}`
}

/** Which lines stay: the root with its neighbours, the end, and the weightiest of the rest, repetitions left out. */
function keep(lines: readonly string[], weights: readonly number[], root: number): number[] {
  const kept = new Set<number>([root])
  const seen = new Set<string>([shapeOf(lines[root] ?? '')])
  let left = mostCharacters - (lines[root]?.length ?? 0)
  const add = (at: number, always: boolean) => {
    const line = lines[at]
    if (line === undefined || kept.has(at) || kept.size >= mostLines) return
    const shape = shapeOf(line)
    const size = Math.min(line.length, longestLine)
    if ((seen.has(shape) && !always) || size > left) return
    seen.add(shape)
    kept.add(at)
    left -= size
  }
  for (const step of [1, 2, -1, 3, -2]) add(root + step, true)
  for (let back = 1; back <= 5; back++) add(lines.length - back, false)
  const heaviest = weights.map((weight, at) => ({ weight, at })).filter(({ weight }) => weight > 0)
  heaviest.sort((a, b) => b.weight - a.weight || b.at - a.at)
  for (const { at } of heaviest.slice(0, 200)) add(at, false)
  for (let at = 0; at < 3; at++) add(at, false)
  return [...kept].sort((a, b) => a - b)
}

/** What a retry loop repeats differs in times and numbers only. */
const shapeOf = (line: string) => line.slice(0, 300).replace(/\d+/g, '#')

function shorten(line: string, limit: number): string {
  if (line.length <= limit) return line
  const half = Math.floor((limit - 3) / 2)
  return `${line.slice(0, half)} … ${line.slice(-half)}`
}

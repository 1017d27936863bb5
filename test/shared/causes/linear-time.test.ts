import { expect, it } from '@jest/globals'
import { catalogue } from '../../../shared/causes/catalogue.ts'

const megabyte = 1_000_000

const patterns = [
  ...new Map(
    catalogue
      .flatMap(({ code, clues }) =>
        clues.flatMap(({ text, unless }) =>
          [text, unless].flatMap((pattern) => (pattern === undefined ? [] : [{ code, pattern }])),
        ),
      )
      .map((entry) => [`${entry.code} ${entry.pattern.source} ${entry.pattern.flags}`, entry]),
  ).values(),
]

/** A megabyte of what a pattern almost matches: its own literal words over and over, each cut before its last letter. */
function nearMatches({ source }: RegExp): string {
  const words = source
    .replace(/\\[bBdDwWsSn]|\(\?(?:<\w+>|[:=!]|<[=!])|\[[^\]]*\]|\{[^}]*\}|[\\^$()*+?]/g, '|')
    .split('|')
    .filter((word) => word.length > 1)
    .map((word) => word.slice(0, -1))
  const block = words.length === 0 ? 'x ' : `${words.join(' ')} `
  return block.repeat(Math.ceil(megabyte / block.length)).slice(0, megabyte)
}

it('knows hundreds of patterns', () => {
  expect(patterns.length).toBeGreaterThan(100)
})

// The runner cannot interrupt a pattern; one that is not linear would take hours, so that a generous limit tells.
const limit = 60_000

function readAll(textFor: (pattern: RegExp) => string): number {
  const from = performance.now()
  for (const { pattern } of patterns) pattern.test(textFor(pattern))
  return performance.now() - from
}

it(
  'reads a megabyte of near matches in linear time, with each pattern of the catalogue',
  () => {
    expect(readAll(nearMatches)).toBeLessThan(limit)
  },
  limit,
)

it.each(['a', ' ', '1', '"', '/a', ': ', 'error ', '\n'])(
  'reads a long line of %j in linear time, with each pattern',
  (piece) => {
    const text = piece.repeat(Math.ceil(megabyte / piece.length / 10))
    expect(readAll(() => text)).toBeLessThan(limit)
  },
  limit,
)

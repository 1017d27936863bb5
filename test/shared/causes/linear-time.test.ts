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

it('reads a megabyte of near matches in linear time, with each pattern of the catalogue', () => {
  // A pattern that is not linear would need hours for it, and fail by the time limit of the runner.
  for (const { pattern } of patterns) expect(typeof pattern.test(nearMatches(pattern))).toBe('boolean')
}, 120_000)

it.each(['a', ' ', '1', '"', '/a', ': ', 'error ', '\n'])(
  'reads a long line of %j in linear time, with each pattern',
  (piece) => {
    const text = piece.repeat(Math.ceil(megabyte / piece.length / 10))
    for (const { pattern } of patterns) expect(typeof pattern.test(text)).toBe('boolean')
  },
  120_000,
)

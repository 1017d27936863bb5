import { expect, it } from '@jest/globals'
import { alternativesOf, requiredBy } from '../../../shared/patterns/required.ts'

it('takes a pattern apart where its alternatives stand side by side', () => {
  expect(alternativesOf(String.raw`a|b(?:c|d)|[|]|\|`)).toEqual(['a', 'b(?:c|d)', '[|]', String.raw`\|`])
})

it.each([
  [/connection refused/, ['connection refused']],
  [/No such (?:file|folder)/, ['no such ']],
  [/(?:refused|denied) by/, ['refused', 'denied']],
  [/[Nn]o space left/, ['o space left']],
  [/timed? ?out/, ['time']],
  [/error: \d{1,3}|exit \w+ of/, ['error: ', 'exit ']],
  [/\bEACCES\b/, ['eacces']],
  [/tcp:\/\//, ['tcp://']],
  [/(?<file>\/etc\/\w+): denied/, [': denied']],
])('knows what %s cannot do without', (pattern, words) => {
  expect(requiredBy(pattern.source)).toEqual(words)
})

it.each([/\w+/, /(?:ab)?/, /error|\d+/, /(?:error)?|warning/, /(?!error)/, /(?:abc){0,2}/])(
  'asks nothing of a text for %s',
  (pattern) => {
    expect(requiredBy(pattern.source)).toBeUndefined()
  },
)

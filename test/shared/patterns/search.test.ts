import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { catalogue } from '../../../shared/causes/catalogue.ts'
import { candidatesIn, fingerprintOf, firstMatch, indexOf } from '../../../shared/patterns/search.ts'

describe('what a text may match', () => {
  it('leaves out the alternatives whose words the text does not have', () => {
    const pattern = /connection refused|no such host|\d{3} Forbidden/
    const candidates = candidatesIn(indexOf([pattern]), fingerprintOf('dial tcp: Connection REFUSED'))
    expect(candidates.get(pattern)?.map(({ source }) => source)).toEqual(['connection refused'])
  })

  it('finds the named parts of the alternative that matches', () => {
    const text = 'open /etc/app.yaml: no such file'
    const pattern = /missing|open (?<file>[^:]{1,80}): no such file/
    const candidates = candidatesIn(indexOf([pattern]), fingerprintOf(text)).get(pattern)
    expect(firstMatch(candidates ?? [], text)?.groups?.['file']).toBe('/etc/app.yaml')
  })
})

const folder = join(import.meta.dirname, '../../fixtures/recordings')

it('misses nothing that a pattern of the catalogue matches in the recorded clusters', () => {
  const texts = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:json|txt)$/.test(name))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').match(/.{1,400}/g) ?? [])
    .filter((_, at) => at % 7 === 0)
    .slice(0, 1_500)
  const patterns = [
    ...new Set(
      catalogue.flatMap(({ clues }) => clues.flatMap(({ text, unless }) => [text, unless].filter((p) => p !== undefined))),
    ),
  ]
  const index = indexOf(patterns)
  let matches = 0
  for (const text of texts) {
    const candidates = candidatesIn(index, fingerprintOf(text))
    for (const pattern of patterns) {
      const found = pattern.test(text)
      if (found) matches++
      if (found !== (firstMatch(candidates.get(pattern) ?? [], text) !== undefined)) expect([pattern, text]).toBe('the same')
    }
  }
  expect(matches).toBeGreaterThan(100)
})

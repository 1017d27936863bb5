import { expect, it } from '@jest/globals'
import { catalogue } from '../../../shared/causes/catalogue.ts'
import { nearMisses } from './beyond-near-misses.ts'
import { wins } from './beyond-wins.ts'
import { crashes } from './crash-cases.ts'
import { creationNearMisses, creations } from './creation-cases.ts'
import { pullNearMisses, pulls, seenPulls } from './image-cases.ts'

const codes = catalogue.map(({ code }) => code).sort()
const sorted = (covered: readonly string[]) => [...new Set(covered)].filter((code) => codes.includes(code)).sort()

it('has for each cause a case where it wins', () => {
  const covered = [
    ...pulls.map(({ cause }) => cause),
    ...creations.map(({ cause }) => cause),
    ...seenPulls.map(({ cause }) => cause),
    ...crashes.map(([cause]) => cause),
    ...wins.map(([cause]) => cause),
  ]
  expect(sorted(covered)).toEqual(codes)
})

it('has for each cause a case that reads like it and is another', () => {
  const covered = [
    ...pullNearMisses.map(({ not }) => not),
    ...creationNearMisses.map(({ not }) => not),
    ...seenPulls.map(({ cause }) => cause),
    ...crashes.map(([cause]) => cause),
    ...nearMisses.map(([not]) => not),
  ]
  expect(sorted(covered)).toEqual(codes)
})

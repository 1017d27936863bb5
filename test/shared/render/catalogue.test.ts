import { describe, expect, it } from '@jest/globals'
import { catalogue } from '../../../shared/causes/catalogue.ts'
import { renderCatalogue } from '../../../shared/render/catalogue.ts'
import { exampleOf } from '../../../shared/render/example-case.ts'

describe('the catalogue', () => {
  it.each(catalogue.map((cause) => [cause.code, cause] as const))(
    'says what to do about %s, without a gap in a command',
    (_code, cause) => {
      const remedies = cause.remedies(exampleOf(cause))
      expect(remedies.length).toBeGreaterThan(0)
      for (const { command } of remedies)
        expect(command ?? '').not.toMatch(/undefined|NaN|(?:^|[^\sn]) {2,}[^#\s(]|grep ;|-l ''| $/)
    },
  )

  it('names each cause once, by family', () => {
    const text = renderCatalogue(catalogue)
    for (const { code } of catalogue) expect(text.split(`\n### ${code}\n`)).toHaveLength(2)
  })
})

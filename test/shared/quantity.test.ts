import { expect, it } from '@jest/globals'
import { formatQuantity, parseQuantity } from '../../shared/quantity.ts'

it.each([
  ['250m', 0.25],
  ['2', 2],
  ['1Gi', 2 ** 30],
  ['1e3', 1000],
  ['512k', 512_000],
  ['128974848', 128974848],
])('reads %s', (text, value) => {
  expect(parseQuantity(text)).toBe(value)
})

it('does not take a word for a quantity', () => {
  expect(parseQuantity('lots')).toBeUndefined()
})

it('writes memory in binary units and CPU in cores', () => {
  expect([formatQuantity(1.5 * 2 ** 30, 'memory'), formatQuantity(0.25, 'cpu'), formatQuantity(4, 'cpu')]).toEqual([
    '1.5Gi',
    '250m',
    '4',
  ])
})

import { expect, it } from '@jest/globals'
import { withoutNulls } from '../../../shared/observe/without-nulls.ts'

it('takes a field that is null for one that is absent, however deep', () => {
  expect(withoutNulls({ spec: null, status: { conditions: [null, { type: 'Ready', reason: null }] } })).toEqual({
    status: { conditions: [{ type: 'Ready' }] },
  })
})

it('gives back the very object where nothing is null', () => {
  const object = { spec: { ports: [{ port: 80 }] } }
  expect(withoutNulls(object)).toBe(object)
})

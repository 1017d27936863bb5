import { describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { redactDeep, redaction } from '../../../forwarder/redact/redact.ts'
import { lookalikes, planted } from './planted.ts'

describe('redaction', () => {
  const redact = redaction()

  test('knows at least 60 planted secrets and 40 look-alikes', () => {
    expect(planted.length).toBeGreaterThanOrEqual(60)
    expect(lookalikes.length).toBeGreaterThanOrEqual(40)
  })

  test.each(planted)('masks: %s', (_title, text, secret) => {
    expect(text).toContain(secret)
    const masked = redact(text)
    expect(masked).not.toContain(secret)
    expect(masked).toContain('[masked]')
  })

  test.each(planted)('masks inside of a log line with a time, a level and JSON around it: %s', (_title, text, secret) => {
    const line = JSON.stringify({ time: '2026-11-22T11:48:02.067Z', level: 'error', msg: `request failed: ${text}` })
    expect(redact(line)).not.toContain(JSON.stringify(secret).slice(1, -1))
    expect(redact(`2026-11-22T11:48:02Z ERROR [main] c.s.Shop - ${text}`)).not.toContain(secret)
  })

  test.each(lookalikes.map((line) => [line]))('leaves alone: %s', (line) => {
    expect(redact(line)).toBe(line)
    expect(redact(`2026-11-22T11:48:02Z ERROR ${line}\nnext line`)).toBe(`2026-11-22T11:48:02Z ERROR ${line}\nnext line`)
  })

  test('keeps what stands around a secret readable', () => {
    expect(redact('dial postgres://shop:s3cr3t@db.shop:5432/orders: connection refused')).toBe(
      'dial postgres://shop:[masked]@db.shop:5432/orders: connection refused',
    )
    expect(redact('host=db user=shop password=libpq dbname=orders')).toBe('host=db user=shop password=[masked] dbname=orders')
    expect(redact('Authorization: Bearer abcdefghijklmnop1234 rejected')).toBe('Authorization: Bearer [masked] rejected')
  })

  test('masks e-mail and IP addresses only where asked to', () => {
    const line = 'user jane@shop.test from 10.244.0.7 and fd00::17:2 on v1.34.4 at 11:48:02'
    expect(redact(line)).toBe(line)
    expect(redaction({ emails: true, addresses: true })(line)).toBe(
      'user [e-mail] from [address] and [address] on v1.34.4 at 11:48:02',
    )
  })

  test('masks what patterns of the user match, on an engine without backtracking', () => {
    const own = redaction({ patterns: ['CUST-[0-9]{6}', '(a+)+$'] })
    expect(own('order of CUST-123456 failed')).toBe('order of [masked] failed')
    expect(own(`${'a'.repeat(50_000)}!`)).toHaveLength(50_001)
  })

  test('takes linear time on a megabyte of near-matches', () => {
    for (const near of [
      'password',
      'a:b@',
      '-----BEGIN PRIVATE KEY',
      'eyJ',
      'Bearer ',
      'token=',
      'x_',
      '"auth":',
      'https://a',
      'mysql -',
      'a.b.',
      '\\"',
    ])
      expect(redact(near.repeat(Math.ceil(1_000_000 / near.length))).length).toBeGreaterThan(0)
  })

  test('masks in every text of an object but its names, and the literal values given', () => {
    const object = {
      metadata: { name: 'password=abc123' },
      status: { message: 'password=abc123', list: ['literal-value is wrong', 7, null] },
    }
    expect(redactDeep(object, redact, ['literal-value'])).toEqual({
      metadata: { name: 'password=abc123' },
      status: { message: 'password=[masked]', list: ['[masked] is wrong', 7, null] },
    })
  })

  test('never throws, and changes nothing that it has masked before', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => {
        const once = redact(`password=${text} ${text}`)
        expect(redact(once)).toBe(once)
      }),
    )
  })
})

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { ConfigurationError, parseConfiguration, readConfiguration } from '../../infra/configuration.ts'

const folder = mkdtempSync(join(tmpdir(), 'kulprit-configuration-'))
afterAll(() => rmSync(folder, { recursive: true }))
const nothing = () => undefined

const complaintOf = (given: unknown): string => {
  try {
    parseConfiguration(given, 'kulprit.yaml')
    return 'no complaint'
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message
    throw error
  }
}

describe('the configuration', () => {
  test('may be empty, and then asks callers of the API for IAM', () => {
    const { name, api, retentionDays, reserveConcurrency } = parseConfiguration(undefined, 'nothing')
    expect({ name, api, retentionDays, reserveConcurrency }).toEqual({
      name: 'kulprit',
      api: { authentication: 'iam', requestsPerSecond: 20, burst: 40 },
      retentionDays: 90,
      reserveConcurrency: true,
    })
  })

  test('takes the example that ships', () => {
    const example: unknown = parse(readFileSync(join(import.meta.dirname, '../../kulprit.example.yaml'), 'utf8'))
    expect(complaintOf(example)).toBe('no complaint')
  })

  test.each<[string, unknown, string]>([
    ['a field that is misspelt', { retentoinDays: 3 }, 'retentoinDays: no such field'],
    [
      'a field inside another that is misspelt',
      { mail: { from: 'a@b.example', to: ['a@b.example'], verfy: true } },
      'mail.verfy: no such field',
    ],
    ['a number that is text', { retentionDays: 'long' }, 'retentionDays: Invalid input: expected number, received string'],
    ['a log period that CloudWatch does not know', { logDays: 31 }, 'logDays:'],
    ['an address that is none', { mail: { from: 'nobody', to: ['a@b.example'] } }, 'mail.from: Invalid email address'],
    ['an address in a list', { operators: ['a@b.example', 'c'] }, 'operators[1]: Invalid email address'],
    ['an account with lost zeros', { senders: { accounts: [11122223333] } }, 'senders.accounts[0]:'],
    [
      'an open API',
      { api: { authentication: 'none' } },
      "api.authentication: authentication is 'iam', or { jwt: { issuer, audience: [...] } }",
    ],
    [
      'a plain http issuer',
      { api: { authentication: { jwt: { issuer: 'http://a.example', audience: ['k'] } } } },
      'api.authentication.jwt.issuer: an address that begins with https://',
    ],
    [
      'a cluster name that IAM could not hold',
      { clusters: [{ name: 'Prod_1', identity: { type: 'keys' } }] },
      'clusters[0].name: a cluster name is',
    ],
    [
      'an identity of an unknown type',
      { clusters: [{ name: 'a', identity: { type: 'magic' } }] },
      "clusters[0].identity.type: type is 'pod-identity', 'irsa', or 'keys'",
    ],
    ['a channel of no kind', { channels: [{ pigeon: 'x' }] }, 'channels[0]: a channel is one of'],
    [
      'two clusters of one stack',
      { clusters: ['a.b', 'a-b'].map((name) => ({ name, identity: { type: 'keys' } })) },
      "clusters[1].name: makes the same stack as 'a.b'",
    ],
    [
      'a cluster elsewhere, when nothing says where the bus is',
      { clusters: [{ name: 'a', account: '111122223333', identity: { type: 'keys' } }] },
      "account: is needed, since the cluster 'a' names its own",
    ],
    ['a list', [1], 'the whole: Invalid input: expected object, received array'],
  ])('names the field of %s', (_, given, complaint) => {
    expect(complaintOf(given)).toContain(complaint)
  })

  test('is read from a file, over which the command line stands', () => {
    const file = join(folder, 'kulprit.yaml')
    writeFileSync(file, 'name: mine\nretentionDays: 30\n')
    const context: Record<string, unknown> = { 'kulprit.retentionDays': '60', 'kulprit.operators': '[a@b.example]' }
    const { name, retentionDays, operators } = readConfiguration(file, (key) => context[key])
    expect({ name, retentionDays, operators }).toEqual({ name: 'mine', retentionDays: 60, operators: ['a@b.example'] })
  })

  test('that is no YAML is refused with the place', () => {
    const file = join(folder, 'broken.yaml')
    writeFileSync(file, 'name: [')
    expect(() => readConfiguration(file, nothing)).toThrow(/broken\.yaml is not YAML: .* at line 1/s)
  })
})

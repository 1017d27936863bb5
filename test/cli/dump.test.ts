import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { readDump, readStream } from '../../cli/input/dump.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kulprit-dump-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(path: string, content: string | Buffer): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), content)
}
const pod = (name: string, ...containers: string[]) => ({
  metadata: { name, namespace: 'shop', creationTimestamp: '2026-01-01T10:00:00Z' },
  spec: { containers: containers.map((container) => ({ name: container })) },
})
const frame = (container: string, name: string, text: string) =>
  `==== START logs for container ${container} of pod shop/${name} ====\n${text}\n==== END logs for container ${container} of pod shop/${name} ====\n`

describe('a dump', () => {
  it('gives the items of a typed list the kind that only the list has', () => {
    write('shop/pods.json', JSON.stringify({ kind: 'PodList', apiVersion: 'v1', items: [pod('a', 'web')] }))
    expect(readDump(folder).snapshot.objects).toEqual([{ kind: 'Pod', apiVersion: 'v1', ...pod('a', 'web') }])
  })

  it('reads single objects, Lists within Lists and several documents in one file, wherever they lie', () => {
    write('one.json', JSON.stringify({ kind: 'Node', ...pod('n') }))
    write('deep/er/list.json', JSON.stringify({ kind: 'List', items: [{ kind: 'JobList', items: [pod('j')] }] }))
    write(
      'two.json',
      `${JSON.stringify({ kind: 'Service', ...pod('s') }, null, 2)}\n${JSON.stringify({ kind: 'Ingress', ...pod('i') }, null, 2)}\n`,
    )
    const kinds = readDump(folder).snapshot.objects.map(({ kind, metadata }) => `${kind} ${metadata?.name}`)
    expect(kinds.sort()).toEqual(['Ingress i', 'Job j', 'Node n', 'Service s'])
  })

  it('passes over JSON that is no Kubernetes object', () => {
    write('package.json', '{"name":"kulprit","version":"1"}')
    write('pods.json', JSON.stringify({ kind: 'Pod', ...pod('a') }))
    expect(readDump(folder)).toMatchObject({ warnings: [], snapshot: { objects: [{ kind: 'Pod' }] } })
  })

  it('names a broken file in a warning and reads the others', () => {
    write('shop/events.json', '{"kind":"EventList","items":[{')
    write('shop/pods.json', JSON.stringify({ kind: 'Pod', ...pod('a') }))
    const { warnings, snapshot } = readDump(folder)
    expect(warnings).toEqual([expect.stringContaining(join(folder, 'shop/events.json'))])
    expect(snapshot.objects).toHaveLength(1)
  })

  it('says that an empty directory is empty, and how to fill it', () => {
    expect(() => readDump(folder)).toThrow(/it is empty\).*kubectl cluster-info dump/)
  })

  it('says that a directory does not exist', () => {
    expect(() => readDump(join(folder, 'none'))).toThrow(/none does not exist/)
  })

  it('takes the frames of logs.txt and previous.txt apart, container by container', () => {
    write('shop/pods.json', JSON.stringify({ kind: 'Pod', ...pod('a', 'web', 'side') }))
    write('shop/a/logs.txt', frame('web', 'a', 'hello') + frame('side', 'a', 'there'))
    write('shop/a/previous.txt', frame('web', 'a', 'died'))
    const at = { namespace: 'shop', pod: 'a' }
    expect(readDump(folder).snapshot.logs).toEqual([
      { ...at, container: 'web', previous: false, text: 'hello\n' },
      { ...at, container: 'side', previous: false, text: 'there\n' },
      { ...at, container: 'web', previous: true, text: 'died\n' },
    ])
  })

  it('does not take for a log what kubectl wrote because there was none', () => {
    write('shop/pods.json', JSON.stringify({ kind: 'Pod', ...pod('a', 'web') }))
    write('shop/a/logs.txt', frame('web', 'a', 'Request log error: the server rejected our request'))
    expect(readDump(folder).snapshot.logs).toEqual([])
  })

  it('gives a log without frames to the only container of its folder’s pod, and to none of several', () => {
    write('shop/pods.json', JSON.stringify({ kind: 'PodList', items: [pod('a', 'web'), pod('b', 'web', 'side')] }))
    write('shop/a/logs.txt', 'panic: no')
    write('shop/b/logs.txt', 'panic: whose?')
    expect(readDump(folder).snapshot.logs).toEqual([
      { namespace: 'shop', pod: 'a', container: 'web', previous: false, text: 'panic: no' },
    ])
  })

  it('keeps the beginning and the end of a log of 50 MB', () => {
    write('shop/pods.json', JSON.stringify({ kind: 'Pod', ...pod('a', 'web') }))
    const middle = Buffer.alloc(50 << 20, 'nothing to see here\n')
    write(
      'shop/a/logs.txt',
      Buffer.concat([Buffer.from(frame('web', 'a', 'FIRST').split('\n==== END')[0] + '\n'), middle, Buffer.from('LAST\n')]),
    )
    const [log] = readDump(folder).snapshot.logs
    expect(log?.text.length).toBeLessThan(600_000)
    expect(log?.text.startsWith('FIRST\n')).toBe(true)
    expect(log?.text.endsWith('LAST\n')).toBe(true)
  })

  it('reads what is no UTF-8, and UTF-16 as PowerShell writes it', () => {
    const text = JSON.stringify({ kind: 'Pod', ...pod('a', 'web') })
    write('pods.json', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]))
    write('shop/a/logs.txt', Buffer.from([0xe9, 0x20, 0x68, 0x69]))
    const { snapshot } = readDump(folder)
    expect(snapshot.objects).toHaveLength(1)
    expect(snapshot.logs[0]?.text).toBe('\ufffd hi')
  })

  it('is as old as the newest time in it, deadlines and certificates aside', () => {
    write(
      'pods.json',
      JSON.stringify({
        kind: 'Pod',
        metadata: { ...pod('a').metadata, deletionTimestamp: '2030-01-01T00:00:00Z' },
        status: { startTime: '2026-01-01T10:05:00Z', notAfter: '2031-01-01T00:00:00Z' },
      }),
    )
    expect(readDump(folder).at).toBe('2026-01-01T10:05:00.000Z')
  })

  it('names its cluster after the directory, in the form of cluster names', () => {
    write('Prod_EU/pods.json', JSON.stringify({ kind: 'Pod', ...pod('a') }))
    expect(readDump(join(folder, 'Prod_EU')).cluster).toBe('prod-eu')
  })
})

describe('standard input', () => {
  it('may be a whole cluster-info dump with its logs', () => {
    const list = JSON.stringify({ kind: 'PodList', items: [pod('a', 'web')] }, null, 4)
    const { snapshot } = readStream(`${list}\n${frame('web', 'a', 'hello')}${list}\n`)
    expect(snapshot.objects).toHaveLength(2)
    expect(snapshot.logs).toHaveLength(1)
  })

  it('is refused with its reason where nothing in it is an object', () => {
    expect(() => readStream('')).toThrow(/is empty/)
    expect(() => readStream('apiVersion: v1')).toThrow(/not valid JSON/)
    expect(() => readStream('[]')).toThrow(/no Kubernetes object/)
  })
})

import { afterEach, describe, expect, test } from '@jest/globals'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Outgoing, Worth } from '../../../forwarder/delivery/outgoing.ts'
import { openSpool, type Spool } from '../../../forwarder/delivery/spool.ts'

const event = (worth: Worth, identity: string, size = 100): Outgoing => ({
  detailType: 'Failure Observed',
  detail: JSON.stringify({ text: 'x'.repeat(size) }),
  time: '2026-11-22T11:48:02.067Z',
  worth,
  identity,
})
const kept = (spool: Spool) => spool.all().map(({ worth, identity }) => `${worth} ${identity}`)

describe('the spool', () => {
  const folders: string[] = []
  const folder = () => {
    const made = mkdtempSync(join(tmpdir(), 'kulprit-spool-'))
    folders.push(made)
    return made
  }
  const open = (options: { folder?: string; limitBytes?: number } = {}) => {
    const dropped: Record<string, number> = {}
    const spool = openSpool({
      folder: options.folder,
      limitBytes: options.limitBytes ?? 1_000_000,
      onDropped: (reason, count) => {
        dropped[reason] = (dropped[reason] ?? 0) + count
      },
    })
    return spool.then((opened) => ({ spool: opened, dropped }))
  }
  afterEach(() => {
    for (const made of folders.splice(0)) rmSync(made, { recursive: true })
  })

  test('drops the oldest repeated observations first, and counts them', async () => {
    const { spool, dropped } = await open({ limitBytes: 800 })
    spool.add(event('new', 'a'))
    for (const identity of ['r1', 'r2', 'r3']) spool.add(event('repeated', identity))
    spool.add(event('changed', 'a'))
    for (const identity of ['b', 'c', 'd', 'e', 'f']) spool.add(event('new', identity))
    expect(kept(spool)).toEqual(['new a', 'changed a', 'new b', 'new c', 'new d', 'new e', 'new f'])
    expect(dropped).toEqual({ 'no room: repeated': 3 })
  })

  test('never drops a new failure or a recovery, even where there is no room', async () => {
    const { spool } = await open({ limitBytes: 300 })
    for (const identity of ['a', 'b', 'c', 'd']) spool.add(event('new', identity))
    spool.add(event('recovered', 'a'))
    expect(kept(spool)).toEqual(['new a', 'new b', 'new c', 'new d', 'recovered a'])
  })

  test('drops steps between the first and the last change of a failure, and keeps the last', async () => {
    const { spool, dropped } = await open({ limitBytes: 400 })
    spool.add(event('new', 'a'))
    for (let step = 0; step < 4; step++) spool.add(event('changed', 'a'))
    expect(kept(spool)).toEqual(['new a', 'changed a', 'changed a'])
    expect(dropped).toEqual({ 'no room: changed': 2 })
  })

  test('keeps one heartbeat, the latest, while none can be sent', async () => {
    const { spool } = await open()
    for (let minute = 0; minute < 5; minute++) {
      const waiting = spool.add(event('heartbeat', 'heartbeat', minute))
      waiting.tries = 1
    }
    expect(spool.all().map(({ bytes }) => bytes)).toEqual([event('heartbeat', '', 4).detail.length])
  })

  test('gives back after a crash what was written down, and nothing that was delivered', async () => {
    const path = folder()
    const { spool } = await open({ folder: path })
    const [first, second, third] = ['a', 'b', 'c'].map((identity) => spool.add(event('new', identity)))
    if (first === undefined || second === undefined || third === undefined) throw new Error('three were added')
    await spool.keep(first)
    await spool.keep(second)
    await spool.done(first)
    const again = await open({ folder: path })
    expect(kept(again.spool)).toEqual(['new b'])
    const [waiting] = again.spool.all()
    expect(waiting && (await again.spool.load(waiting))).toEqual(event('new', 'b'))
    again.spool.add(event('new', 'd'))
    expect(new Set(again.spool.all().map(({ sequence }) => sequence)).size).toBe(2)
  })

  test('skips a file that a crash left half written, and counts it', async () => {
    const path = folder()
    writeFileSync(join(path, '000000000007.json'), '{"detailType":"Fail')
    writeFileSync(join(path, '000000000008.json.part'), '{')
    const { spool, dropped } = await open({ folder: path })
    expect(spool.all()).toEqual([])
    expect(dropped).toEqual({ unreadable: 1 })
    expect(readdirSync(path)).toEqual([])
  })
})

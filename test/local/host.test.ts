import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import PostalMime from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import { readDump } from '../../cli/input/dump.ts'
import { startHost, type Host } from '../../local/host.ts'
import type { TopicMessage } from '../../local/endpoint.ts'
import { observe } from '../../shared/observe/observe.ts'
import { kulprit } from '../cli/command.ts'

jest.setTimeout(60_000)

const until = async (condition: () => boolean | Promise<boolean>) => {
  while (!(await condition())) await pause(20)
}
const folder = mkdtempSync(join(tmpdir(), 'kulprit-host-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Listed {
  readonly items: readonly { readonly id: string; readonly cause: string; readonly occurrences: number }[]
}
const incidentsAt = async (url: string) => ((await (await fetch(`${url}/v1/incidents?limit=100`)).json()) as Listed).items

describe('the local host', () => {
  let host: Host
  let smtp: SMTPServer
  const received: string[] = []
  const messages: TopicMessage[] = []
  const changes: string[] = []
  const dead: string[] = []
  const { snapshot, at = '' } = readDump('local/recording/shop')
  const [observation] = observe(snapshot, { cluster: 'prod', now: at })
  const put = (detail: unknown) =>
    fetch(`${host.url}/`, {
      method: 'POST',
      headers: { 'x-amz-target': 'AWSEvents.PutEvents', 'content-type': 'application/x-amz-json-1.1' },
      body: JSON.stringify({
        Entries: [
          {
            EventBusName: 'kulprit',
            Source: 'kulprit.forwarder.prod',
            DetailType: 'Failure Observed',
            Detail: JSON.stringify(detail),
          },
        ],
      }),
    })

  beforeAll(async () => {
    smtp = new SMTPServer({
      disabledCommands: ['STARTTLS', 'AUTH'],
      onData: (stream, _, done) => {
        let text = ''
        stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
        stream.on('end', () => {
          received.push(text)
          done()
        })
      },
    })
    const mailServer = smtp.listen(0, '127.0.0.1')
    await once(mailServer, 'listening')
    process.env['POWERTOOLS_LOG_LEVEL'] = 'SILENT'
    host = await startHost({
      port: 0,
      data: join(folder, 'data'),
      smtp: `smtp://127.0.0.1:${(mailServer.address() as { port: number }).port}`,
      mailTo: 'oncall@example.com',
      notifyDelay: 50,
      visibility: 10,
      onMessage: (message) => messages.push(message),
      onChange: ({ change }) => changes.push(change),
      onDeadLetter: (queue) => dead.push(queue),
    })
  })
  afterAll(async () => {
    await host.close()
    await new Promise<void>((resolve) => smtp.close(() => resolve()))
  })

  it('takes a failure by PutEvents and shows its incident with evidence and remedies', async () => {
    expect(await (await put(observation)).json()).toMatchObject({ FailedEntryCount: 0 })
    await until(async () => (await incidentsAt(host.url)).length > 0)
    const [incident] = await incidentsAt(host.url)
    const whole = (await (await fetch(`${host.url}/v1/incidents/${incident?.id}`)).json()) as {
      diagnosis: { evidence: unknown[]; remedies: unknown[] }
    }
    expect(incident?.cause).toBe('ImageTagNotFound')
    expect(whole.diagnosis.evidence.length).toBeGreaterThan(0)
    expect(whole.diagnosis.remedies.length).toBeGreaterThan(0)
    expect(changes).toEqual(['opened'])
  })

  it('tells of it once: at the topic, as a mail on disk and by SMTP, in text and HTML', async () => {
    await until(() => received.length > 0)
    const mails = readdirSync(join(folder, 'data/mail'))
    expect(mails).toHaveLength(1)
    const mail = await PostalMime.parse(readFileSync(join(folder, 'data/mail', mails[0] ?? '')))
    expect(mail.to?.[0]?.address).toBe('oncall@example.com')
    expect(mail.subject).toContain('ImageTagNotFound')
    expect(mail.text).toContain('checkout')
    expect(mail.html).toContain('checkout')
    expect(messages.map(({ subject }) => subject)).toEqual([mail.subject])
    expect((await PostalMime.parse(received[0] ?? '')).subject).toBe(mail.subject)
  })

  it('changes and announces nothing when the same failure is sent again', async () => {
    await put(observation)
    await until(() => host.waiting() === 0)
    expect(await incidentsAt(host.url)).toEqual([expect.objectContaining({ occurrences: 1 })])
    expect({ changes, mails: readdirSync(join(folder, 'data/mail')).length }).toEqual({ changes: ['opened'], mails: 1 })
  })

  it('lists what no function could take as dead letters', async () => {
    await put({ cluster: 'prod', nonsense: true })
    await until(() => dead.length > 0)
    const { items } = (await (await fetch(`${host.url}/local/dead-letters`)).json()) as {
      items: { queue: string; receives: number }[]
    }
    expect(items).toEqual([expect.objectContaining({ queue: 'diagnose', receives: 5 })])
  })

  it('answers the API as API Gateway would, query, body and errors included', async () => {
    const asked = await fetch(`${host.url}/v1/incidents?cause=None&cause=Other`)
    const missing = await fetch(`${host.url}/v1/incidents/inc_0`)
    const [incident] = await incidentsAt(host.url)
    const acknowledged = await fetch(`${host.url}/v1/incidents/${incident?.id}/acknowledge`, {
      method: 'POST',
      body: JSON.stringify({ by: 'zoë' }),
    })
    expect([asked.status, missing.status, acknowledged.status]).toEqual([200, 404, 200])
    expect(await acknowledged.json()).toMatchObject({ status: 'acknowledged' })
  })

  it.each([
    ['GET', '/nothing', 404],
    ['DELETE', '/', 405],
    ['POST', '/local/dead-letters', 405],
    ['POST', '/', 400],
  ])('answers %s %s with %d', async (method, path, status) => {
    const answer = await fetch(`${host.url}${path}`, { method })
    expect(answer.status).toBe(status)
    expect(await answer.json()).toMatchObject({ error: { message: expect.any(String) } })
  })

  it('does not serve the pages of others', async () => {
    const answer = await fetch(`${host.url}/v1/incidents`, { headers: { origin: 'https://evil.example' } })
    expect(answer.status).toBe(403)
  })

  it('does not share its data directory or its port', async () => {
    await expect(startHost({ port: 0, data: '/proc/kulprit' })).rejects.toThrow('/proc/kulprit cannot be written to')
    await expect(startHost({ port: Number(new URL(host.url).port), data: join(folder, 'other') })).rejects.toThrow(
      'something else listens',
    )
  })
})

describe('kulprit start', () => {
  const data = join(folder, 'started')
  async function start(): Promise<{ child: ChildProcess; output: () => string; url: string }> {
    const { KUBECONFIG: _, NODE_OPTIONS: __, ...env } = process.env
    const child = spawn(process.execPath, [kulprit, 'start', '--port', '0', '--data', data], {
      env: { ...env, HOME: '/nonexistent' },
    })
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
    await until(() => text.includes('/v1/incidents'))
    return { child, output: () => text, url: /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0] ?? '' }
  }
  const openedIn = (text: string) => text.split('\n').filter((line) => line.includes('● opened')).length

  it('killed in the middle of its replay, loses nothing and announces nothing twice after the restart', async () => {
    const first = await start()
    await until(() => openedIn(first.output()) >= 3)
    first.child.kill('SIGKILL')
    await once(first.child, 'close')
    const second = await start()
    await until(async () => (await incidentsAt(second.url)).length === 10)
    await until(() => openedIn(first.output()) + openedIn(second.output()) >= 10)
    expect(first.output().split('\n')[0]).toMatch(/replays a recorded cluster/)
    expect(second.output()).toMatch(/ open from before:\n/)
    const refused = spawn(process.execPath, [kulprit, 'start', '--port', '0', '--data', data], {
      env: { ...process.env, NODE_OPTIONS: '' },
    })
    const [code] = (await once(refused, 'close')) as [number]
    expect(code).toBe(3)
    second.child.kill('SIGINT')
    const [ended] = (await once(second.child, 'close')) as [number]
    expect({ ended, twice: openedIn(first.output()) + openedIn(second.output()) }).toEqual({ ended: 0, twice: 10 })
  })
})

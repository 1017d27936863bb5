import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { readDump } from '../../cli/input/dump.ts'
import { isKnownKind, kinds, pathOf } from '../../forwarder/cluster/kinds.ts'
import type { KubernetesObject } from '../../shared/kubernetes.ts'
import { run } from './command.ts'

const { snapshot } = readDump('local/recording')
/** Healthy pods beside the recorded ones, so that lists have more than one page. */
const healthy = Array.from({ length: 1_200 }, (_, n): KubernetesObject => ({
  kind: 'Pod',
  metadata: { name: `idle-${n}`, namespace: 'idle' },
  status: { phase: 'Running', containerStatuses: [{ name: 'idle', ready: true, restartCount: 0, state: { running: {} } }] },
}))
const objects = [...snapshot.objects, ...healthy]

let server: Server
let kubeconfig: string
const folder = mkdtempSync(join(tmpdir(), 'kulprit-live-'))
const requests: string[] = []
const forbidden = new Set<string>()

function answer(url: URL): { readonly status: number; readonly body: string } {
  if (url.pathname === '/version') return { status: 200, body: '{}' }
  const log = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/log$/.exec(url.pathname)
  if (log !== null) {
    const found = snapshot.logs.find(
      ({ pod, container, previous }) =>
        pod === log[2] &&
        container === url.searchParams.get('container') &&
        String(previous) === url.searchParams.get('previous'),
    )
    return found === undefined ? { status: 400, body: '{"message":"no log"}' } : { status: 200, body: found.text }
  }
  for (const kind of Object.keys(kinds).filter(isKnownKind)) {
    const namespace = /\/namespaces\/([^/]+)\//.exec(url.pathname)?.[1]
    if (url.pathname !== pathOf(kind, namespace)) continue
    if (forbidden.has(kind)) return { status: 403, body: '{"message":"forbidden","reason":"Forbidden"}' }
    // Items of typed lists carry no kind; the API server's do not either.
    const all = objects
      .filter((object) => object.kind === kind && (namespace === undefined || object.metadata?.namespace === namespace))
      .map(({ kind: _kind, ...rest }) => rest)
    const from = Number(url.searchParams.get('continue') ?? 0)
    const to = from + Number(url.searchParams.get('limit'))
    return {
      status: 200,
      body: JSON.stringify({ items: all.slice(from, to), metadata: to < all.length ? { continue: String(to) } : {} }),
    }
  }
  return { status: 404, body: '{"message":"not found"}' }
}

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(request.url ?? '')
    const { status, body } = answer(new URL(request.url ?? '/', 'http://x'))
    response.writeHead(status).end(body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  kubeconfig = join(folder, 'kubeconfig')
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'prod',
    contexts: [{ name: 'prod', context: { cluster: 'c', user: 'u', namespace: 'shop' } }],
    clusters: [
      {
        name: 'c',
        cluster: { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'insecure-skip-tls-verify': true },
      },
    ],
    users: [{ name: 'u', user: {} }],
  }
  writeFileSync(kubeconfig, JSON.stringify(config))
})
beforeEach(() => {
  requests.length = 0
  forbidden.clear()
})
afterAll(() => {
  server.close()
  server.closeAllConnections()
  rmSync(folder, { recursive: true })
})
const diagnose = async (...given: string[]) => {
  const { stdout, stderr, code } = await run(['diagnose', '--kubeconfig', kubeconfig, '-o', 'json', ...given])
  const { cluster, diagnoses } = JSON.parse(stdout) as {
    cluster: string
    diagnoses: { cause: string; evidence: { source: string }[] }[]
  }
  return { code, stderr, cluster, diagnoses, causes: diagnoses.map(({ cause }) => cause).sort() }
}

describe('a live cluster', () => {
  it('is diagnosed as its dump is', async () => {
    const dumped = await run(['diagnose', '--dump', 'local/recording', '-o', 'json'])
    const expected = (JSON.parse(dumped.stdout) as { diagnoses: { cause: string }[] }).diagnoses.map(({ cause }) => cause).sort()
    expect(await diagnose('-A')).toMatchObject({ code: 0, stderr: '', cluster: 'prod', causes: expected })
  })

  it('is asked for lists, page by page, and for the logs of failing containers alone', async () => {
    await diagnose('-A')
    const logs = requests.filter((url) => url.includes('/log?'))
    expect(requests.filter((url) => url.startsWith('/api/v1/pods?')).length).toBe(3)
    expect(logs.length).toBeGreaterThan(0)
    expect(logs.filter((url) => url.includes('idle'))).toEqual([])
    expect(requests.length - logs.length).toBeLessThan(40)
  })

  it('is read in the namespace of the context unless told otherwise', async () => {
    expect((await diagnose()).causes).toEqual(['ImageTagNotFound'])
    expect((await diagnose('-n', 'catalog')).causes).toEqual(['ContainerOutOfMemory'])
  })

  it('may keep some kinds to itself: that is said, and the rest diagnosed', async () => {
    forbidden.add('Node').add('PersistentVolume')
    const { stderr, causes } = await diagnose()
    expect(stderr.trim().split('\n').sort()).toEqual([
      'kulprit: may not list nodes: diagnosed without them',
      'kulprit: may not list persistentvolumes: diagnosed without them',
    ])
    expect(causes).toEqual(['ImageTagNotFound'])
  })
})

import { createServer, type ServerResponse } from 'node:http'
import { kinds, type KnownKind, type ReadKind } from '../../forwarder/cluster/kinds.ts'
import type { KubernetesObject } from '../../shared/kubernetes.ts'
import { onLoopback } from '../loopback-server.ts'

type Versioned = KubernetesObject & { metadata: NonNullable<KubernetesObject['metadata']> & { resourceVersion: string } }

interface Change {
  readonly version: number
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly kind: KnownKind
  readonly object: Versioned
}

export interface FakeApiServer {
  readonly server: string
  readonly put: (kind: KnownKind, object: KubernetesObject) => void
  readonly remove: (kind: KnownKind, namespace: string | undefined, name: string) => void
  readonly setLog: (namespace: string, pod: string, container: string, text: string, previous?: boolean) => void
  /** Breaks every watch off, as a restart or a load balancer does. */
  readonly dropWatches: () => void
  /** Forgets all history: watches from before are answered with 410. */
  readonly compact: () => void
  readonly stop: () => Promise<void>
  /** Listens again at the same port. */
  readonly start: () => Promise<void>
  /** Every request: verb and path. */
  readonly requests: string[]
  readonly watching: () => number
}

/** An API server over plain HTTP that lists in pages, watches, compacts, keeps Leases and logs: as much of the contract as a forwarder can see. */
export async function fakeApiServer(): Promise<FakeApiServer> {
  const objects = new Map<string, Map<string, Versioned>>()
  const history: Change[] = []
  const logs = new Map<string, string>()
  const watches = new Set<{
    readonly response: ServerResponse
    readonly kind: KnownKind
    readonly namespace: string | undefined
  }>()
  const requests: string[] = []
  const leases = new Map<string, Versioned>()
  let version = 100
  let compactedAt = 0

  const nameOf = ({ metadata }: KubernetesObject) => `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`
  const of = (kind: string) => {
    const map = objects.get(kind) ?? new Map<string, Versioned>()
    objects.set(kind, map)
    return map
  }

  function record(type: Change['type'], kind: KnownKind, object: Versioned): void {
    const change = { version, type, kind, object }
    history.push(change)
    for (const watch of watches)
      if (watch.kind === kind && isIn(watch.namespace, object)) watch.response.write(`${JSON.stringify({ type, object })}\n`)
  }
  const isIn = (namespace: string | undefined, { metadata }: KubernetesObject) =>
    namespace === undefined || metadata?.namespace === namespace

  const fail = (response: ServerResponse, code: number, message: string, reason = '') => {
    response
      .writeHead(code, { 'content-type': 'application/json' })
      .end(JSON.stringify({ kind: 'Status', status: 'Failure', code, message, reason }))
  }
  const answer = (response: ServerResponse, body: unknown) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://fake')
    const isWatch = url.searchParams.get('watch') === 'true'
    requests.push(`${isWatch ? 'WATCH' : request.method} ${url.pathname}`)
    if (url.pathname === '/version') return answer(response, { gitVersion: 'v1.34.4' })
    const log = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/log$/.exec(url.pathname)
    if (log !== null) {
      const text = logs.get([log[1], log[2], url.searchParams.get('container'), url.searchParams.get('previous')].join('/'))
      if (text === undefined) return fail(response, 400, 'no such run')
      response.writeHead(200, { 'content-type': 'text/plain' }).end(text)
      return
    }
    const lease = /^\/apis\/coordination\.k8s\.io\/v1\/namespaces\/([^/]+)\/leases(?:\/([^/]+))?$/.exec(url.pathname)
    if (lease !== null) {
      let body = ''
      request.on('data', (chunk: Buffer) => {
        body += chunk.toString()
      })
      request.on('end', () => {
        const stored = leases.get(lease[2] ?? '')
        if (request.method === 'GET')
          return stored === undefined ? fail(response, 404, 'not found', 'NotFound') : answer(response, stored)
        const given = JSON.parse(body) as Versioned
        const name = given.metadata.name ?? ''
        const current = leases.get(name)
        if (
          request.method === 'POST' ? current !== undefined : current?.metadata.resourceVersion !== given.metadata.resourceVersion
        )
          return fail(response, 409, 'conflict', 'Conflict')
        const next: Versioned = { ...given, metadata: { ...given.metadata, resourceVersion: String(++version) } }
        leases.set(name, next)
        answer(response, next)
      })
      return
    }
    for (const [kind, read] of Object.entries(kinds) as [KnownKind, ReadKind][]) {
      const root = read.group === '' ? `/api/${read.version}` : `/apis/${read.group}/${read.version}`
      const match = new RegExp(`^${root}(?:/namespaces/([^/]+))?/${read.resource}(?:/([^/]+))?$`).exec(url.pathname)
      if (match === null) continue
      const [, namespace, name] = match
      if (name !== undefined) {
        const object = of(kind).get(`${namespace ?? ''}/${name}`)
        return object === undefined ? fail(response, 404, 'not found', 'NotFound') : answer(response, object)
      }
      if (isWatch) return watch(response, kind, namespace, Number(url.searchParams.get('resourceVersion')))
      return list(response, kind, namespace, url.searchParams)
    }
    fail(response, 404, 'the server could not find the requested resource', 'NotFound')
  })

  function list(response: ServerResponse, kind: KnownKind, namespace: string | undefined, query: URLSearchParams): void {
    const wanted = (query.get('labelSelector') ?? '').split(',').filter((pair) => pair !== '')
    const all = [...of(kind).values()].filter(
      (object) =>
        isIn(namespace, object) &&
        wanted.every((pair) => {
          const [label = '', value] = pair.split('=')
          return object.metadata.labels?.[label] === value
        }),
    )
    const from = Number(query.get('continue') ?? 0)
    const limit = Number(query.get('limit') ?? all.length) || all.length
    const rest = from + limit < all.length ? { continue: String(from + limit) } : {}
    answer(response, { metadata: { resourceVersion: String(version), ...rest }, items: all.slice(from, from + limit) })
  }

  function watch(response: ServerResponse, kind: KnownKind, namespace: string | undefined, from: number): void {
    if (from < compactedAt) {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(
        `${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410, message: 'too old resource version' } })}\n`,
      )
      return
    }
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    for (const change of history)
      if (change.version > from && change.kind === kind && isIn(namespace, change.object))
        response.write(`${JSON.stringify({ type: change.type, object: change.object })}\n`)
    const entry = { response, kind, namespace }
    watches.add(entry)
    response.on('close', () => watches.delete(entry))
  }

  const loopback = await onLoopback(server)

  return {
    server: loopback.url,
    requests,
    watching: () => watches.size,
    put: (kind, object) => {
      version++
      const name = nameOf(object)
      const known = of(kind).get(name)
      const next: Versioned = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } }
      of(kind).set(name, next)
      record(known === undefined ? 'ADDED' : 'MODIFIED', kind, next)
    },
    remove: (kind, namespace, name) => {
      const object = of(kind).get(`${namespace ?? ''}/${name}`)
      if (object === undefined) return
      version++
      of(kind).delete(`${namespace ?? ''}/${name}`)
      record('DELETED', kind, { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } })
    },
    setLog: (namespace, pod, container, text, previous = false) => {
      logs.set([namespace, pod, container, String(previous)].join('/'), text)
    },
    dropWatches: () => {
      for (const { response } of watches) response.destroy()
    },
    compact: () => {
      version++
      compactedAt = version
      history.length = 0
      for (const { response } of watches) response.destroy()
    },
    stop: loopback.stop,
    start: loopback.start,
  }
}

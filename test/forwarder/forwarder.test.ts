import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { RunningForwarder } from '../../forwarder/forwarder.ts'
import { fakeApiServer, type FakeApiServer } from './fake-api-server.ts'
import { fakeHub, type FakeHub } from './fake-hub.ts'
import { application, crashing, unavailable, warning } from './objects.ts'
import { startForwarder } from './start.ts'
import { until } from './until.ts'

interface Seen {
  readonly id: string
  readonly subject: { readonly workload?: { readonly kind: string; readonly name: string }; readonly container?: string }
  readonly evidence: readonly { readonly source: string; readonly quote: string }[]
  readonly affectedPods: number
}

describe('the forwarder', () => {
  let api: FakeApiServer
  let hub: FakeHub
  let forwarder: RunningForwarder | undefined
  beforeEach(async () => {
    api = await fakeApiServer()
    hub = await fakeHub()
  })
  afterEach(async () => {
    await forwarder?.stop()
    forwarder = undefined
    await Promise.all([api.stop(), hub.stop()])
  })

  const failures = () =>
    hub.events.filter(({ detailType }) => detailType === 'Failure Observed').map(({ detail }) => detail as unknown as Seen)
  const failed = () =>
    failures()
      .map(({ subject }) => subject.workload?.name ?? '')
      .sort((a, b) => a.localeCompare(b))
  const recoveries = () => hub.events.filter(({ detailType }) => detailType === 'Workload Recovered').map(({ detail }) => detail)
  const heartbeats = () => hub.events.filter(({ detailType }) => detailType === 'Cluster Heartbeat').map(({ detail }) => detail)

  function deploy(name: string) {
    const made = application('shop', name)
    api.put('Deployment', made.deployment)
    api.put('ReplicaSet', made.replicaSet)
    api.put('Pod', made.pod)
    return made
  }

  function fail(name: string, text = 'panic: no such table: orders') {
    const made = deploy(name)
    api.setLog('shop', made.pod.metadata?.name ?? '', 'app', `starting\n${text}\n`, true)
    api.put('Deployment', unavailable(made.deployment))
    api.put('Pod', crashing(made.pod))
    api.put('Event', warning(made.pod, 'BackOff', 'Back-off restarting failed container app'))
    return made
  }

  test('reports a container that crashes, with its log, under the Deployment that owns it', async () => {
    const { pod, deployment } = deploy('cart')
    forwarder = await startForwarder(api, hub)
    await forwarder.watching
    expect(failures()).toEqual([])
    api.setLog('shop', pod.metadata?.name ?? '', 'app', 'starting\npanic: no such table: orders\n', true)
    api.put('Deployment', unavailable(deployment))
    api.put('Pod', crashing(pod))
    const seen = await until(() => failures()[0])
    expect(seen.subject).toEqual({
      cluster: 'test',
      kind: 'Pod',
      namespace: 'shop',
      name: pod.metadata?.name,
      uid: 'p-cart',
      container: 'app',
      workload: { kind: 'Deployment', name: 'cart' },
    })
    expect(seen.evidence.filter(({ source }) => source === 'log').map(({ quote }) => quote)).toEqual([
      'panic: no such table: orders',
    ])
    expect(hub.events[0]?.source).toBe('kulprit.forwarder.test')
  })

  test('reports each failure that was there before it started once, and healthy workloads not at all', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) fail(name)
    deploy('well')
    forwarder = await startForwarder(api, hub)
    await until(() => heartbeats().some((beat) => (beat['failing'] as unknown[] | undefined)?.length === 7))
    expect(failed()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g'])
  })

  test('notices a Service that leads to a port which none of its ready pods has', async () => {
    const { pod } = deploy('mail')
    const container = { name: 'app', image: 'registry.test/mail:1.0', ports: [{ name: 'web', containerPort: 8080 }] }
    api.put('Pod', { ...pod, spec: { ...pod.spec, containers: [container] } })
    api.put('Service', {
      kind: 'Service',
      metadata: { name: 'mail', namespace: 'shop', creationTimestamp: '2026-01-01T00:00:00Z' },
      spec: { selector: { app: 'mail' }, ports: [{ port: 80, targetPort: 'http' }] },
    })
    const slice = {
      kind: 'EndpointSlice',
      metadata: { name: 'mail-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'mail' } },
      endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true } }],
      ports: null,
    }
    api.put('EndpointSlice', slice)
    forwarder = await startForwarder(api, hub)
    const { subject } = await until(() => failures()[0])
    expect(subject).toMatchObject({ kind: 'Service', name: 'mail' })
  })

  test('tells that a workload recovered when its new revision has been ready for the hold', async () => {
    const { pod, deployment } = fail('cart')
    forwarder = await startForwarder(api, hub)
    await until(() => failures()[0])
    api.remove('Pod', 'shop', pod.metadata?.name ?? '')
    const labels = { ...pod.metadata?.labels, 'pod-template-hash': '7d5b8c9f6d' }
    api.put('Pod', { ...pod, metadata: { ...pod.metadata, name: 'cart-7d5b8c9f6d-k8s2x', uid: 'p-new', labels } })
    expect(recoveries()).toEqual([])
    api.put('Deployment', deployment)
    expect(await until(() => recoveries()[0])).toMatchObject({
      cluster: 'test',
      namespace: 'shop',
      workload: { kind: 'Deployment', name: 'cart' },
      container: 'app',
      revision: '7d5b8c9f6d',
      reason: 'ready',
    })
    expect(failures()).toHaveLength(1)
  })

  test('does not believe a crash loop that runs for less than its back-off', async () => {
    const { pod, deployment } = fail('cart')
    let ahead = 0
    forwarder = await startForwarder(api, hub, {}, { now: () => Date.now() + ahead })
    await until(() => failures()[0])
    const startedAt = new Date().toISOString()
    const [status] = crashing(pod).status?.containerStatuses ?? []
    const running = { ...status, name: 'app', ready: true, state: { running: { startedAt } } }
    api.put('Pod', { ...pod, status: { ...pod.status, containerStatuses: [running] } })
    api.put('Deployment', deployment)
    ahead = 39_000
    const beats = heartbeats().length
    await until(() => heartbeats().length > beats + 1)
    expect(recoveries()).toEqual([])
    ahead = 900_000
    expect(await until(() => recoveries()[0])).toMatchObject({ reason: 'ready', revision: '6c9f4d5b7f' })
  })

  test('tells that a failing workload was deleted', async () => {
    const { pod } = fail('cart')
    forwarder = await startForwarder(api, hub)
    await until(() => failures()[0])
    api.remove('Deployment', 'shop', 'cart')
    api.remove('Pod', 'shop', pod.metadata?.name ?? '')
    expect(await until(() => recoveries()[0])).toMatchObject({
      workload: { kind: 'Deployment', name: 'cart' },
      reason: 'deleted',
    })
  })

  test('sends a change of evidence at once, and the same again not', async () => {
    const { pod } = fail('cart')
    forwarder = await startForwarder(api, hub)
    await until(() => failures()[0])
    api.put('Pod', crashing(pod, 4))
    api.put('Pod', crashing(pod, 5))
    api.put('Pod', crashing(pod, 6, 137, 'OOMKilled'))
    const second = await until(() => failures()[1])
    expect(second.evidence.map(({ quote }) => quote).join('\n')).toContain('OOMKilled')
    expect(failures()).toHaveLength(2)
    expect(new Set(failures().map(({ id }) => id)).size).toBe(2)
  })

  test('counts the pods of a workload beyond the three that it looks at', async () => {
    const { pod, deployment } = deploy('cart')
    api.put('Deployment', unavailable(deployment))
    for (const suffix of ['b', 'c', 'd', 'f', 'g', 'h', 'j'])
      api.put(
        'Pod',
        crashing({
          ...pod,
          metadata: { ...pod.metadata, name: `cart-6c9f4d5b7f-${suffix}${suffix}${suffix}${suffix}${suffix}`, uid: suffix },
        }),
      )
    forwarder = await startForwarder(api, hub)
    expect((await until(() => failures()[0])).affectedPods).toBe(7)
    expect(api.requests.filter((request) => request.endsWith('/log')).length).toBeLessThanOrEqual(3)
  })

  test('never lets the value of an environment variable leave, even where a log repeats it', async () => {
    fail('cart', 'panic: cannot sign in with correct-horse-battery')
    forwarder = await startForwarder(api, hub)
    const seen = await until(() => failures()[0])
    expect(JSON.stringify(hub.events)).not.toContain('correct-horse-battery')
    expect(seen.evidence.map(({ quote }) => quote)).toContain('panic: cannot sign in with [masked]')
  })

  test.each([
    ['watches are dropped', (server: FakeApiServer) => Promise.resolve(server.dropWatches())],
    ['the watch history has expired', (server: FakeApiServer) => Promise.resolve(server.compact())],
    ['the API server restarts', (server: FakeApiServer) => server.stop().then(() => server.start())],
  ])('goes on where it was after %s, and says nothing twice', async (_title, disturb) => {
    fail('old')
    forwarder = await startForwarder(api, hub)
    await forwarder.watching
    await until(() => failures()[0])
    await disturb(api)
    fail('new')
    await until(() => failures()[1])
    await until(() => api.watching() === 14)
    const beats = heartbeats().length
    await until(() => heartbeats().length > beats + 1)
    expect(failures().map(({ subject }) => subject.workload?.name)).toEqual(['old', 'new'])
  })

  test('notices what was deleted while it could not watch', async () => {
    const { pod } = fail('cart')
    forwarder = await startForwarder(api, hub)
    await until(() => failures()[0])
    await api.stop()
    api.remove('Deployment', 'shop', 'cart')
    api.remove('Pod', 'shop', pod.metadata?.name ?? '')
    api.compact()
    await api.start()
    expect(await until(() => recoveries()[0])).toMatchObject({ workload: { name: 'cart' }, reason: 'deleted' })
  })

  test('delivers everything once to a hub that refuses every third entry', async () => {
    hub.refuse = (count) => (count % 3 === 0 ? 'ThrottlingException' : undefined)
    const names = Array.from({ length: 20 }, (_, at) => `app-${at}`)
    for (const name of names) fail(name)
    forwarder = await startForwarder(api, hub, { requestsPerSecond: 1_000, requestBurst: 1_000 })
    await until(() => failures().length === names.length)
    expect(failed()).toEqual(names.toSorted((a, b) => a.localeCompare(b)))
    expect(hub.largestBatch()).toBeLessThanOrEqual(10)
  })

  test.each([
    ['throttles', (down: FakeHub) => Promise.resolve(void (down.failing = { status: 400, type: 'ThrottlingException' }))],
    ['answers with errors', (down: FakeHub) => Promise.resolve(void (down.failing = { status: 500, type: 'InternalFailure' }))],
    ['is down', (down: FakeHub) => down.stop()],
  ])('keeps what it has while the hub %s, and delivers it afterwards', async (_title, breakIt) => {
    await breakIt(hub)
    fail('cart')
    forwarder = await startForwarder(api, hub)
    await forwarder.watching
    await until(() => /kulprit_events_refused_total\{.*\} [2-9]/.test(forwarder?.metrics() ?? ''))
    hub.failing = undefined
    await hub.stop().catch(() => {})
    await hub.start()
    await until(() => failures()[0])
    expect(failures()).toHaveLength(1)
  })

  test('delivers what waits before it stops', async () => {
    fail('cart')
    forwarder = await startForwarder(api, hub, {}, { delivery: { linger: 60_000 } })
    await until(() => /kulprit_observations_total\{urgency="new"\} 1/.test(forwarder?.metrics() ?? ''))
    expect(failures()).toEqual([])
    await forwarder.stop()
    expect(failures()).toHaveLength(1)
  })

  test('stops at once while it is still listing', async () => {
    await api.stop()
    const starting = await startForwarder(api, hub)
    await until(() => starting.metrics().includes('kulprit_watch_errors_total{kind="Node"}'))
    await starting.stop()
    await api.start()
    expect(api.requests).toEqual([])
  })

  test('takes over from a leader that is gone, and only one of two watches', async () => {
    fail('cart')
    const leader = { namespace: 'kulprit', lease: 'kulprit-forwarder' }
    const first = await startForwarder(api, hub, { leader: { ...leader, identity: 'first' } })
    await first.watching
    await until(() => failures()[0])
    forwarder = await startForwarder(api, hub, { leader: { ...leader, identity: 'second' } })
    await until(
      () =>
        api.requests.filter(
          (request) => request === 'GET /apis/coordination.k8s.io/v1/namespaces/kulprit/leases/kulprit-forwarder',
        ).length > 5,
    )
    expect(api.watching()).toBe(14)
    await first.stop()
    await forwarder.watching
    fail('later')
    await until(() => failures().some(({ subject }) => subject.workload?.name === 'later'))
  })
})

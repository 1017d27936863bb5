import { describe, expect, it } from '@jest/globals'
import type { KubernetesObject } from '../../../shared/kubernetes.ts'
import type { ContainerLog } from '../../../shared/observe/snapshot.ts'
import { observation as schema, type Observation } from '../../../shared/observation.ts'
import { observe } from '../../../shared/observe/observe.ts'

const now = '2026-01-01T01:00:00.000Z'
const see = (objects: readonly KubernetesObject[], logs: readonly ContainerLog[] = []): Observation[] =>
  observe({ objects, logs }, { cluster: 'test', now })

const owner = (kind: string, name: string) => [{ kind, name, controller: true }]

interface Shape {
  readonly name?: string
  readonly meta?: Record<string, unknown>
  readonly spec?: Record<string, unknown>
  readonly phase?: string
  readonly containers: readonly Record<string, unknown>[]
  readonly inits?: readonly Record<string, unknown>[]
}

const pod = ({
  name = 'web-7f8d9c5b6-aaaaa',
  meta = {},
  spec = {},
  phase = 'Running',
  containers,
  inits = [],
}: Shape): KubernetesObject => ({
  kind: 'Pod',
  metadata: {
    namespace: 'shop',
    name,
    uid: name,
    creationTimestamp: '2026-01-01T00:00:00Z',
    labels: { 'pod-template-hash': '7f8d9c5b6' },
    ownerReferences: owner('ReplicaSet', 'web-7f8d9c5b6'),
    ...meta,
  },
  spec: {
    containers: containers.map(({ name: container }) => ({ name: container, image: 'web:1' })),
    initContainers: inits.map(({ name: container }) => ({ name: container, image: 'init:1' })),
    ...spec,
  },
  status: { phase, containerStatuses: containers, initContainerStatuses: inits },
})

const waits = (name: string, reason: string, more: Record<string, unknown> = {}) => ({
  name,
  ready: false,
  restartCount: 0,
  state: { waiting: { reason } },
  ...more,
})
const runs = (name: string, more: Record<string, unknown> = {}) => ({
  name,
  ready: true,
  started: true,
  restartCount: 0,
  state: { running: { startedAt: '2026-01-01T00:30:00Z' } },
  ...more,
})
const ended = (exitCode: number, finishedAt: string, reason = 'Error') => ({ terminated: { exitCode, reason, finishedAt } })

const event = (reason: string, message: string, more: Record<string, unknown> = {}): KubernetesObject => {
  const object = {
    kind: 'Event',
    metadata: { namespace: 'shop', name: `${reason}-${message.length}` },
    type: 'Warning',
    reason,
    message,
    count: 1,
    firstTimestamp: '2026-01-01T00:58:00Z',
    lastTimestamp: '2026-01-01T00:59:00Z',
    involvedObject: { kind: 'Pod', namespace: 'shop', name: 'web-7f8d9c5b6-aaaaa' },
    ...more,
  }
  return object
}

describe('observe', () => {
  it('gives one observation for a workload container, however many pods show it', () => {
    const crash = waits('app', 'CrashLoopBackOff', { restartCount: 4, lastState: ended(1, '2026-01-01T00:59:30Z') })
    const pods = ['a', 'b', 'c', 'd'].map((end) => pod({ name: `web-7f8d9c5b6-${end}`, containers: [crash] }))
    const [one, ...more] = see(pods)
    expect(more).toEqual([])
    expect(one).toMatchObject({
      affectedPods: 4,
      symptom: 'CrashLoopBackOff',
      failedAt: '2026-01-01T00:59:30.000Z',
      revision: '7f8d9c5b6',
      subject: { kind: 'Pod', namespace: 'shop', container: 'app', workload: { kind: 'Deployment', name: 'web' } },
    })
    expect(one?.pods).toHaveLength(3)
    expect(schema.parse(one)).toEqual(one)
  })

  it('makes the same id of the same failure, and another after the next restart', () => {
    const crash = (restartCount: number) =>
      pod({ containers: [waits('app', 'CrashLoopBackOff', { restartCount, lastState: ended(1, '2026-01-01T00:59:30Z') })] })
    const [first] = see([crash(3)])
    const [again] = see([crash(3)])
    const [next] = see([crash(4)])
    expect(again?.id).toBe(first?.id)
    expect(next?.id).not.toBe(first?.id)
  })

  it('lets a failing init container hide the containers that wait for it', () => {
    const [one, ...more] = see([
      pod({
        phase: 'Pending',
        inits: [waits('migrate', 'CrashLoopBackOff', { restartCount: 2, lastState: ended(1, '2026-01-01T00:59:30Z') })],
        containers: [waits('app', 'PodInitializing')],
      }),
    ])
    expect(more).toEqual([])
    expect(one?.subject.container).toBe('migrate')
  })

  it('tells two containers that fail for themselves apart, each with its own events', () => {
    const seen = see([
      pod({ containers: [waits('app', 'CrashLoopBackOff', { restartCount: 3 }), waits('sidecar', 'ImagePullBackOff')] }),
      event('BackOff', 'Back-off restarting failed container', {
        involvedObject: { kind: 'Pod', namespace: 'shop', name: 'web-7f8d9c5b6-aaaaa', fieldPath: 'spec.containers{app}' },
      }),
    ])
    expect(new Set(seen.map(({ subject }) => subject.container))).toEqual(new Set(['app', 'sidecar']))
    const sidecar = seen.find(({ subject }) => subject.container === 'sidecar')
    expect(sidecar?.evidence.filter(({ source }) => source === 'event')).toEqual([])
  })

  it('takes what blocks a whole pod for one failure', () => {
    const seen = see([
      pod({ phase: 'Pending', containers: [waits('app', 'ContainerCreating'), waits('sidecar', 'ContainerCreating')] }),
      event('FailedCreatePodSandBox', 'Failed to create pod sandbox: no network'),
    ])
    expect(seen).toHaveLength(1)
  })

  it('keeps the values of environment variables out', () => {
    const template = (value: string) => ({ containers: [{ name: 'app', image: 'web:1', env: [{ name: 'TOKEN', value }] }] })
    const set = (name: string, revision: string, value: string) => ({
      kind: 'ReplicaSet',
      metadata: {
        namespace: 'shop',
        name,
        ownerReferences: owner('Deployment', 'web'),
        annotations: { 'deployment.kubernetes.io/revision': revision },
      },
      spec: { template: { spec: template(value) } },
      status: { readyReplicas: revision === '1' ? 1 : 0 },
    })
    const [one] = see([
      pod({ containers: [waits('app', 'CrashLoopBackOff', { restartCount: 1 })], spec: template('hunter-two') }),
      set('web-5d5d5d5d5', '1', 'hunter-one'),
      set('web-7f8d9c5b6', '2', 'hunter-two'),
    ])
    expect(one?.changes).toEqual([{ path: 'containers[app].env[TOKEN]', before: 'a value', after: 'another value' }])
    expect(JSON.stringify(one)).not.toContain('hunter')
  })

  it('shows what differs from the revision before, of Deployments and of StatefulSets', () => {
    const revision = (number: number, image: string) => ({
      kind: 'ControllerRevision',
      metadata: { namespace: 'shop', name: `db-${number}`, ownerReferences: owner('StatefulSet', 'db') },
      revision: number,
      data: { spec: { template: { spec: { containers: [{ name: 'app', image }] } } } },
    })
    const [one] = see([
      pod({
        name: 'db-0',
        meta: { ownerReferences: owner('StatefulSet', 'db'), labels: { 'controller-revision-hash': 'db-2' } },
        containers: [waits('app', 'ImagePullBackOff')],
      }),
      revision(1, 'db:1'),
      revision(2, 'db:2'),
    ])
    expect(one?.changes).toEqual([{ path: 'containers[app].image', before: 'db:1', after: 'db:2' }])
    expect(one?.subject.workload).toEqual({ kind: 'StatefulSet', name: 'db' })
  })

  it('stays below 64 KB with a hundred long events and a long log', () => {
    const long = 'x'.repeat(20_000)
    const events = Array.from({ length: 100 }, (_, at) => event('Failed', `${at} ${long}`))
    const text = Array.from({ length: 2000 }, (_, at) => `${at} error ${long.slice(0, 3000)}`).join('\n')
    const [one] = see(
      [pod({ containers: [waits('app', 'CrashLoopBackOff', { restartCount: 1 })] }), ...events],
      [{ namespace: 'shop', pod: 'web-7f8d9c5b6-aaaaa', container: 'app', previous: true, text }],
    )
    expect(Buffer.byteLength(JSON.stringify(one))).toBeLessThan(64_000)
    expect(one?.evidence[0]).toMatchObject({ source: 'status', reason: 'CrashLoopBackOff' })
  })

  it.each([
    [
      'never Ready, as its probe says again and again',
      runs('app', { ready: false }),
      event('Unhealthy', 'Readiness probe failed: 404', { count: 9 }),
      'NotReady',
    ],
    [
      'killed by its probe again and again',
      runs('app', { restartCount: 5 }),
      event('Killing', 'Container app failed liveness probe, will be restarted', { type: 'Normal' }),
      'Restarting',
    ],
    [
      'out of memory for the third time within the hour',
      runs('app', { restartCount: 3, lastState: ended(137, '2026-01-01T00:29:50Z', 'OOMKilled') }),
      undefined,
      'OOMKilled',
    ],
    [
      'between two crashes',
      runs('app', {
        ready: false,
        restartCount: 3,
        state: { running: { startedAt: '2026-01-01T00:59:50Z' } },
        lastState: ended(1, '2026-01-01T00:59:00Z'),
      }),
      undefined,
      'CrashLoopBackOff',
    ],
    [
      'done, where it should go on',
      { ...waits('app', ''), state: ended(0, '2026-01-01T00:59:00Z', 'Completed') },
      undefined,
      'Completed',
    ],
  ])('sees a container that runs and is %s', (_, status, warned, symptom) => {
    const seen = see([pod({ containers: [status] }), ...(warned ? [warned] : [])])
    expect(seen.map((one) => one.symptom)).toEqual([symptom])
  })
})

describe('what nobody speaks of any more', () => {
  it('is reported all the same: a container that has been created for an hour', () => {
    expect(see([pod({ phase: 'Pending', containers: [waits('app', 'ContainerCreating')] })])).toMatchObject([
      { symptom: 'ContainerCreating' },
    ])
  })
})

describe('what is well', () => {
  it.each([
    ['a pod that runs', pod({ containers: [runs('app')] })],
    [
      'a pod that is being deleted',
      pod({
        meta: { deletionTimestamp: '2026-01-01T00:59:00Z' },
        containers: [{ ...runs('app'), ready: false, state: ended(137, '2026-01-01T00:59:30Z') }],
      }),
    ],
    [
      'a pod that restarted once, long ago',
      pod({ containers: [runs('app', { restartCount: 1, lastState: ended(1, '2026-01-01T00:29:50Z') })] }),
    ],
    [
      'a pod whose containers are being created',
      pod({
        phase: 'Pending',
        meta: { creationTimestamp: '2026-01-01T00:59:00Z' },
        containers: [waits('app', 'ContainerCreating')],
      }),
    ],
    [
      'a pod that has just started and is not ready yet',
      pod({ containers: [runs('app', { ready: false, state: { running: { startedAt: '2026-01-01T00:59:50Z' } } })] }),
    ],
    [
      'a pod that has done its work',
      pod({ phase: 'Succeeded', containers: [{ ...waits('app', ''), state: ended(0, '2026-01-01T00:59:00Z', 'Completed') }] }),
    ],
    [
      'an init container at work',
      pod({ phase: 'Pending', inits: [{ ...runs('migrate'), ready: false }], containers: [waits('app', 'PodInitializing')] }),
    ],
  ])('is %s', (_, object) => {
    expect(see([object])).toEqual([])
  })

  it('is a container whose probe failed once while it started', () => {
    const starting = runs('app', { ready: false, state: { running: { startedAt: '2026-01-01T00:59:30Z' } } })
    expect(see([pod({ containers: [starting] }), event('Unhealthy', 'Readiness probe failed: connection refused')])).toEqual([])
  })

  it('is a container that was pulled at the second try', () => {
    expect(see([pod({ containers: [runs('app')] }), event('Failed', 'Failed to pull image "web:1": not found')])).toEqual([])
  })

  it('is a failed pod whose Job succeeded after all', () => {
    const job = {
      kind: 'Job',
      metadata: { namespace: 'shop', name: 'import' },
      status: { conditions: [{ type: 'Complete', status: 'True' }] },
    }
    const first = pod({
      name: 'import-1',
      phase: 'Failed',
      meta: { ownerReferences: owner('Job', 'import') },
      containers: [{ ...waits('app', ''), state: ended(1, '2026-01-01T00:50:00Z') }],
    })
    expect(see([first, job])).toEqual([])
  })

  it('is a failed pod that a later pod of the same workload has replaced', () => {
    const ready = [{ type: 'Ready', status: 'True' }]
    const failed = pod({
      name: 'web-old',
      phase: 'Failed',
      containers: [{ ...waits('app', ''), state: ended(137, '2026-01-01T00:10:00Z') }],
    })
    const replaced = pod({ name: 'web-new', meta: { creationTimestamp: '2026-01-01T00:11:00Z' }, containers: [runs('app')] })
    expect(see([failed, { ...replaced, status: { ...(replaced.status as object), conditions: ready } }])).toEqual([])
    expect(see([failed])).toHaveLength(1)
  })

  it('is a pod that waited for its volume, and pulls its image now', () => {
    const later = { type: 'Normal', firstTimestamp: '2026-01-01T00:59:30Z', lastTimestamp: '2026-01-01T00:59:30Z' }
    const creating = pod({ phase: 'Pending', containers: [waits('app', 'ContainerCreating')] })
    const failedMount = event('FailedMount', 'MountVolume.SetUp failed for volume "config" : failed to sync configmap cache')
    expect(see([creating, failedMount, event('Pulling', 'Pulling image "web:1"', later)])).toEqual([])
    expect(see([creating, failedMount])).toHaveLength(1)
  })

  it('is a pod whose pull secret is missing, once its image is there or is being pulled', () => {
    const creating = pod({ phase: 'Pending', containers: [waits('app', 'ContainerCreating')] })
    const secret = event('FailedToRetrieveImagePullSecret', 'Unable to retrieve some image pull secrets (registry)')
    const later = { type: 'Normal', firstTimestamp: '2026-01-01T00:59:30Z', lastTimestamp: '2026-01-01T00:59:30Z' }
    expect(see([creating, secret, event('Pulling', 'Pulling image "web:1"', later)])).toEqual([])
    expect(see([creating, secret])).toHaveLength(1)
  })
})

import { diagnose } from '../../../shared/diagnose.ts'
import { byWorstFirst, type Diagnosis } from '../../../shared/diagnosis.ts'
import type { KubernetesObject } from '../../../shared/kubernetes.ts'
import { observe } from '../../../shared/observe/observe.ts'

const now = '2026-03-01T12:00:00.000Z'

/** Minutes before the tests' now. */
export const ago = (minutes: number): string => new Date(Date.parse(now) - minutes * 60_000).toISOString()

/** An object of namespace shop; `rest` holds spec and status. */
export const object = (kind: string, name: string, rest: object = {}, meta: object = {}): KubernetesObject => ({
  kind,
  metadata: { name, namespace: 'shop', creationTimestamp: ago(30), ...meta },
  ...rest,
})

/** An object of the whole cluster. */
export const clusterObject = (kind: string, name: string, rest: object = {}, meta: object = {}): KubernetesObject => ({
  kind,
  metadata: { name, creationTimestamp: ago(30), ...meta },
  ...rest,
})

/** An event about `KIND/NAME`, five minutes old where nothing else is said. */
export function event(
  about: string,
  reason: string,
  message: string,
  minutes = 5,
  type: 'Normal' | 'Warning' = 'Warning',
): KubernetesObject {
  const [kind, name] = about.split('/')
  const at = ago(minutes)
  const fields = {
    reason,
    message,
    type,
    count: 3,
    firstTimestamp: at,
    lastTimestamp: at,
    involvedObject: { kind, name, ...(kind !== 'Node' && { namespace: 'shop' }) },
  }
  return { kind: 'Event', metadata: { name: `${name}.${reason}.${minutes}`, namespace: 'shop' }, ...fields }
}

/** A pod of Deployment web that waits for a node. */
export const pending = (message: string, spec: object = {}): KubernetesObject =>
  object(
    'Pod',
    'web-6d4cf56db6-x2x7k',
    {
      spec: { containers: [{ name: 'web', image: 'web:1' }], ...spec },
      status: { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }] },
    },
    {
      ownerReferences: [{ kind: 'ReplicaSet', name: 'web-6d4cf56db6', controller: true }],
      labels: { 'pod-template-hash': '6d4cf56db6', app: 'web' },
    },
  )

/** A pod of Deployment web that runs and is ready. */
export const ready = (labels: Record<string, string> = { app: 'web' }, spec: object = {}): KubernetesObject =>
  object(
    'Pod',
    'web-6d4cf56db6-aaaaa',
    {
      spec: {
        nodeName: 'node-1',
        containers: [{ name: 'web', image: 'web:1', ports: [{ name: 'http', containerPort: 80 }] }],
        ...spec,
      },
      status: {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: 'True' }],
        containerStatuses: [{ name: 'web', ready: true, restartCount: 0, state: { running: { startedAt: ago(30) } } }],
      },
    },
    {
      ownerReferences: [{ kind: 'ReplicaSet', name: 'web-6d4cf56db6', controller: true }],
      labels: { 'pod-template-hash': '6d4cf56db6', ...labels },
    },
  )

/** A claim that waits for its volume. */
export const claim = (spec: object = {}) => object('PersistentVolumeClaim', 'data', { spec, status: { phase: 'Pending' } })

/** A pod of StatefulSet db that waits for its volume, and the event that says why. */
export const mounting = (reason: string, message: string) => [
  object(
    'Pod',
    'db-0',
    {
      spec: {
        nodeName: 'node-1',
        containers: [{ name: 'db' }],
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
      },
      status: {
        phase: 'Pending',
        containerStatuses: [{ name: 'db', restartCount: 0, state: { waiting: { reason: 'ContainerCreating' } } }],
      },
    },
    { ownerReferences: [{ kind: 'StatefulSet', name: 'db', controller: true }] },
  ),
  event('Pod/db-0', reason, message),
]

/** What the API server said to the ReplicaSet of Deployment web. */
export const refused = (message: string) => [event('ReplicaSet/web-6d4cf56db6', 'FailedCreate', message)]

/** A pod of StatefulSet db that was ended from outside. */
export const failedPod = (reason: string, message: string) => [
  object(
    'Pod',
    'db-0',
    { spec: { nodeName: 'node-1', containers: [{ name: 'db' }] }, status: { phase: 'Failed', reason, message } },
    { ownerReferences: [{ kind: 'StatefulSet', name: 'db', controller: true }] },
  ),
]

/** A Job that failed. */
export const job = (reason: string) =>
  object('Job', 'import', {
    spec: { activeDeadlineSeconds: 30, template: { spec: { containers: [{ name: 'import' }] } } },
    status: { failed: 3, conditions: [{ type: 'Failed', status: 'True', reason }] },
  })

/** A Service called web. */
export const service = (spec: object) => object('Service', 'web', { spec })

/** An Ingress that leads to a Service. */
export const ingress = (backend: string, port = 80) =>
  object('Ingress', 'site', {
    spec: {
      rules: [
        { host: 'shop.test', http: { paths: [{ path: '/', backend: { service: { name: backend, port: { number: port } } } }] } },
      ],
    },
  })

/** What Kulprit says of these objects, the worst first. */
export const diagnosesOf = (...objects: readonly KubernetesObject[]): Diagnosis[] =>
  observe({ objects, logs: [] }, { cluster: 'test', now })
    .map((observation) => diagnose(observation))
    .sort(byWorstFirst)

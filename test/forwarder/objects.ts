import type { KubernetesObject, Pod } from '../../shared/kubernetes.ts'

const past = new Date(Date.now() - 600_000).toISOString()

/** A Deployment of one container, its ReplicaSet and one pod, as the API server has them when all is well. */
export function application(
  namespace: string,
  name: string,
): { deployment: KubernetesObject; replicaSet: KubernetesObject; pod: Pod } {
  const labels = { app: name }
  const hash = '6c9f4d5b7f'
  const container = {
    name: 'app',
    image: `registry.test/${name}:1.0`,
    args: ['--verbose'],
    env: [{ name: 'DATABASE_PASSWORD', value: 'correct-horse-battery' }],
  }
  const deployment: KubernetesObject = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, uid: `d-${name}`, generation: 1, creationTimestamp: past },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
    status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 },
  }
  const replicaSet: KubernetesObject = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash}`,
      namespace,
      uid: `r-${name}`,
      labels,
      creationTimestamp: past,
      ownerReferences: [{ kind: 'Deployment', name, uid: `d-${name}`, controller: true }],
    },
  }
  const pod: Pod = {
    kind: 'Pod',
    metadata: {
      name: `${name}-${hash}-x2b4z`,
      namespace,
      uid: `p-${name}`,
      labels: { ...labels, 'pod-template-hash': hash },
      creationTimestamp: past,
      ownerReferences: [{ kind: 'ReplicaSet', name: `${name}-${hash}`, uid: `r-${name}`, controller: true }],
    },
    spec: { nodeName: 'node-1', restartPolicy: 'Always', containers: [container] },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [
        {
          name: 'app',
          image: container.image,
          imageID: 'sha256:1',
          ready: true,
          started: true,
          restartCount: 0,
          state: { running: { startedAt: past } },
        },
      ],
    },
  }
  return { deployment, replicaSet, pod }
}

/** The same pod in a crash loop. */
export function crashing(pod: Pod, restartCount = 3, exitCode = 1, reason = 'Error'): Pod {
  const finishedAt = new Date().toISOString()
  return {
    ...pod,
    status: {
      ...pod.status,
      conditions: [{ type: 'Ready', status: 'False', reason: 'ContainersNotReady' }],
      containerStatuses: [
        {
          name: 'app',
          image: 'registry.test/app:1.0',
          imageID: 'sha256:1',
          ready: false,
          started: false,
          restartCount,
          state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s restarting failed container=app' } },
          lastState: { terminated: { exitCode, reason, startedAt: finishedAt, finishedAt } },
        },
      ],
    },
  }
}

/** A Deployment of which no replica is ready. */
export const unavailable = (deployment: KubernetesObject): KubernetesObject => ({
  ...deployment,
  status: {
    observedGeneration: 1,
    replicas: 1,
    updatedReplicas: 1,
    readyReplicas: 0,
    availableReplicas: 0,
    unavailableReplicas: 1,
  },
})

/** A Warning event about a pod. */
export function warning(pod: Pod, reason: string, message: string): KubernetesObject {
  const at = new Date().toISOString()
  const { namespace, name, uid } = pod.metadata ?? {}
  const event = {
    kind: 'Event',
    metadata: {
      name: `${name}.${reason}`,
      ...(namespace !== undefined && { namespace }),
      uid: `e-${name}-${reason}-${message.length}`,
      creationTimestamp: at,
    },
    reason,
    message,
    type: 'Warning',
    count: 1,
    firstTimestamp: at,
    lastTimestamp: at,
    involvedObject: { kind: 'Pod', namespace, name, uid, fieldPath: 'spec.containers{app}' },
    source: { component: 'kubelet' },
  }
  return event
}

import type { Diagnosis } from '../../../shared/diagnosis.ts'
import { diagnose } from '../../../shared/diagnose.ts'
import { observe } from '../../../shared/observe/observe.ts'
import type { KubernetesObject, Pod } from '../../../shared/kubernetes.ts'

const now = '2026-01-01T01:00:00.000Z'

interface Shape {
  readonly image?: string
  readonly reason: string
  readonly message?: string
  readonly spec?: Pod['spec']
  readonly container?: Record<string, unknown>
  readonly last?: Record<string, unknown>
}

/** A pod of one container, app, that waits for a reason. */
export function waitingPod({
  image = 'registry.example.com/shop/web:1.2',
  reason,
  message,
  spec = {},
  container = {},
  last,
}: Shape): Pod {
  return {
    kind: 'Pod',
    metadata: { namespace: 'shop', name: 'web-1', uid: 'u1', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { nodeName: 'node-1', containers: [{ name: 'app', image, ...container }], ...spec },
    status: {
      phase: 'Pending',
      containerStatuses: [
        {
          name: 'app',
          image,
          ready: false,
          restartCount: 0,
          state: { waiting: { reason, ...(message !== undefined && { message }) } },
          ...(last !== undefined && { lastState: { terminated: last } }),
        },
      ],
    },
  }
}

/** A warning about the pod that `waitingPod` makes. */
export function warning(reason: string, message: string, more: Record<string, unknown> = {}): KubernetesObject {
  const event = {
    kind: 'Event',
    metadata: { namespace: 'shop', name: `web-1.${reason}.${message.length}` },
    type: 'Warning',
    reason,
    message,
    count: 3,
    firstTimestamp: '2026-01-01T00:50:00Z',
    lastTimestamp: '2026-01-01T00:59:00Z',
    involvedObject: { kind: 'Pod', namespace: 'shop', name: 'web-1', uid: 'u1' },
    ...more,
  }
  return event
}

/** What is said of all these objects together. */
export function diagnosesOf(...objects: readonly KubernetesObject[]): Diagnosis[] {
  return observe({ objects, logs: [] }, { cluster: 'test', now }).map((observation) => diagnose(observation))
}

/** The diagnosis of a failed pull, as kubelets before 1.32 (by event) and from then on (by message) tell it. */
export function pullDiagnoses(
  message: string,
  image: string,
  secrets: readonly string[] = [],
  others: readonly KubernetesObject[] = [],
): Diagnosis[] {
  const spec = secrets.length === 0 ? {} : { imagePullSecrets: secrets.map((name) => ({ name })) }
  const older = diagnosesOf(
    waitingPod({ image, reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}"`, spec }),
    warning('Failed', `Failed to pull image "${image}": ${message}`),
    warning('Failed', 'Error: ErrImagePull'),
    ...others,
  )
  const newer = diagnosesOf(
    waitingPod({
      image,
      reason: 'ImagePullBackOff',
      message: `Back-off pulling image "${image}": ErrImagePull: ${message}`,
      spec,
    }),
    ...others,
  )
  return [...older, ...newer]
}

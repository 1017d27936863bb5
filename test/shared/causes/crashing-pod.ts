import { diagnose } from '../../../shared/diagnose.ts'
import type { Diagnosis } from '../../../shared/diagnosis.ts'
import { observe } from '../../../shared/observe/observe.ts'
import type { Crash } from './crash-cases.ts'

const now = '2026-01-01T01:00:00.000Z'

/** The diagnosis of a container of Deployment web that crashes, or runs without being ready. */
export function crashed({
  log,
  exitCode = 1,
  reason,
  message,
  container = {},
  spec = {},
  events = [],
  running = false,
}: Crash): Diagnosis | undefined {
  const terminated = {
    exitCode,
    reason: reason ?? (exitCode === 0 ? 'Completed' : 'Error'),
    startedAt: '2026-01-01T00:58:00Z',
    finishedAt: '2026-01-01T00:58:20Z',
    ...(message !== undefined && { message }),
  }
  const state = running ? { running: { startedAt: '2026-01-01T00:50:00Z' } } : { waiting: { reason: 'CrashLoopBackOff' } }
  const pod = {
    kind: 'Pod',
    metadata: {
      namespace: 'shop',
      name: 'web-1',
      uid: 'u1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      ownerReferences: [{ kind: 'StatefulSet', name: 'web', controller: true }],
    },
    spec: {
      nodeName: 'node-1',
      restartPolicy: 'Always',
      containers: [{ name: 'app', image: 'registry.example.com/web:2', ...container }],
      ...spec,
    },
    status: {
      phase: 'Running',
      containerStatuses: [
        {
          name: 'app',
          ready: false,
          restartCount: running ? 0 : 6,
          image: 'registry.example.com/web:2',
          state,
          ...(!running && { lastState: { terminated } }),
        },
      ],
    },
  }
  const logs = log === undefined ? [] : [{ namespace: 'shop', pod: 'web-1', container: 'app', previous: true, text: log }]
  const [first] = observe({ objects: [pod, ...events], logs }, { cluster: 'test', now })
  return first && diagnose(first)
}

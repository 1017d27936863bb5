import { createHash } from 'node:crypto'
import type { Observation } from '../../shared/observation.ts'

/** A failing image pull of one workload, seen for the n-th time: what a forwarder would send. */
export function observationOf(cluster: string, workload: string, n: number, observedAt: string): Observation {
  const image = `registry.example.com/${workload}:v${n}`
  const message = `Failed to pull image "${image}": rpc error: code = NotFound desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`
  const pod = `${workload}-5d9c7b6f4-${String(n).padStart(5, '0')}`
  return {
    schema: 1,
    id: `obs_${createHash('sha256').update(`${cluster}/${workload}/${n}`).digest('hex').slice(0, 24)}`,
    cluster,
    observedAt,
    failedAt: observedAt,
    subject: {
      cluster,
      kind: 'Pod',
      namespace: 'shop',
      name: pod,
      container: 'app',
      workload: { kind: 'Deployment', name: workload },
    },
    symptom: 'ImagePullBackOff',
    affectedPods: 1,
    pods: [pod],
    revision: '5d9c7b6f4',
    evidence: [
      {
        source: 'status',
        quote: `Back-off pulling image "${image}"`,
        container: 'app',
        state: 'waiting',
        reason: 'ImagePullBackOff',
        at: observedAt,
      },
      { source: 'event', quote: message, container: 'app', reason: 'Failed', type: 'Warning', count: 1, at: observedAt },
    ],
    changes: [{ path: 'spec.template.spec.containers[app].image', before: `registry.example.com/${workload}:v0`, after: image }],
  }
}

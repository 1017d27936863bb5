import { createHash } from 'node:crypto'
import type { Diagnosis } from '../shared/diagnosis.ts'
import type { Recovery } from '../shared/events.ts'
import { fold } from '../shared/fold.ts'
import type { Incident } from '../shared/incident.ts'
import type { Observation } from '../shared/observation.ts'

/** A time of the day on which the samples happen. */
export const at = (minutes: number): string => new Date(Date.parse('2026-11-25T02:00:00.000Z') + minutes * 60_000).toISOString()

interface Given {
  readonly cluster?: string
  readonly namespace?: string
  readonly workload?: string
  readonly mark?: string
  readonly minute?: number
  readonly revision?: string
  readonly pods?: number
  readonly restarts?: number
}

export function observationOf(given: Given = {}): Observation {
  const { cluster = 'prod-eu', namespace = 'shop', workload = 'checkout', mark = '1', minute = 0, pods = 1, restarts } = given
  const id = createHash('sha256')
    .update(JSON.stringify([cluster, namespace, workload, mark]))
    .digest('hex')
    .slice(0, 24)
  const message = 'failed to pull image "registry.example.com/shop/checkout:1.4.3": not found'
  return {
    schema: 1,
    id: `obs_${id}`,
    cluster,
    observedAt: at(minute),
    subject: {
      cluster,
      kind: 'Pod',
      namespace,
      name: `${workload}-5d9c-x7`,
      container: 'app',
      workload: { kind: 'Deployment', name: workload },
    },
    symptom: 'ImagePullBackOff',
    affectedPods: pods,
    pods: [`${workload}-5d9c-x7`],
    ...(given.revision !== undefined && { revision: given.revision }),
    evidence: [
      {
        source: 'status',
        state: 'waiting',
        reason: 'ImagePullBackOff',
        quote: message,
        message,
        container: 'app',
        ...(restarts !== undefined && { restartCount: restarts }),
      },
    ],
    changes: [
      {
        path: 'containers[app].image',
        before: 'registry.example.com/shop/checkout:1.4.2',
        after: 'registry.example.com/shop/checkout:1.4.3',
      },
    ],
  }
}

export function diagnosisOf(observation: Observation, given: Partial<Diagnosis> = {}): Diagnosis {
  const { subject, symptom, affectedPods, changes, evidence } = observation
  const name = subject.workload?.name ?? subject.name
  return {
    cause: 'ImageTagNotFound',
    family: 'image',
    title: 'Image tag not found',
    explanation: `The registry has the repository of ${name}, but no tag 1.4.3.`,
    severity: 'critical',
    confidence: 'certain',
    symptom,
    subject,
    evidence: evidence.map(({ source, quote }) => ({ source, quote, at: observation.observedAt })),
    changes,
    remedies: [
      { text: 'Go back to the tag that ran before.', command: `kubectl -n ${subject.namespace} rollout undo deployment/${name}` },
    ],
    alternatives: [],
    affectedPods,
    ...given,
  }
}

export const recoveryOf = (given: Given & { readonly reason?: Recovery['reason'] } = {}): Recovery => {
  const { cluster = 'prod-eu', namespace = 'shop', workload = 'checkout', minute = 0, reason = 'ready', revision } = given
  return {
    schema: 1,
    id: `rec_${cluster}/${namespace}/${workload}/${minute}`,
    cluster,
    namespace,
    workload: { kind: 'Deployment', name: workload },
    at: at(minute),
    reason,
    ...(revision !== undefined && { revision }),
  }
}

export function incidentOf(given: Given = {}, diagnosed: Partial<Diagnosis> = {}): Incident {
  const observation = observationOf(given)
  const { incident } = fold(undefined, { kind: 'observed', observation, diagnosis: diagnosisOf(observation, diagnosed) })
  if (incident === undefined) throw new Error('an observation makes an incident')
  return incident
}

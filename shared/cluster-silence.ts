import { createHash } from 'node:crypto'
import type { Cause } from './causes/cause.ts'
import type { Diagnosis } from './diagnosis.ts'
import type { Heartbeat, Recovery } from './events.ts'
import type { Observation } from './observation.ts'

/** A heartbeat comes every minute: after five that did not, a cluster counts as silent. */
const silentAfter = 5 * 60_000

export const isSilent = ({ at }: Heartbeat, now: string): boolean => Date.parse(now) - Date.parse(at) > silentAfter

const subjectOf = (cluster: string) => ({ cluster, kind: 'Cluster', name: cluster })
const idOf = (prefix: string, parts: readonly string[]) =>
  `${prefix}_${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24)}`

/** What a cluster's silence is as a failure: nobody in it is left to say so. */
export function observationOfSilence({ cluster, at, forwarderVersion, counts }: Heartbeat, now: string): Observation {
  return {
    schema: 1,
    id: idOf('obs', ['silent', cluster, at]),
    cluster,
    observedAt: now,
    failedAt: at,
    subject: subjectOf(cluster),
    symptom: 'NoHeartbeat',
    affectedPods: 0,
    pods: [],
    evidence: [
      {
        source: 'object',
        quote: `the last heartbeat came at ${at}, from forwarder ${forwarderVersion} which watched ${counts.pods} pods on ${counts.nodes} nodes`,
        at,
        facts: {},
      },
    ],
    changes: [],
  }
}

/** Not of the catalogue, since nothing in the cluster shows it: the hub misses the heartbeat. */
export const clusterSilent: Cause = {
  code: 'ClusterSilent',
  family: 'unknown',
  title: 'Cluster silent',
  severity: 'critical',
  meaning: 'Nothing is heard from a cluster: its forwarder does not run, or cannot reach the event bus.',
  knownBy: [`No heartbeat for ${silentAfter / 60_000} minutes, where one comes each minute.`],
  clues: [],
  explain: ({ observation: { cluster } }) =>
    `Nothing has been heard from ${cluster}: either its forwarder does not run, or it cannot reach the event bus. Failures in this cluster are not seen until it speaks again.`,
  remedies: ({ observation: { cluster } }) => [
    {
      text: 'See whether the forwarder runs.',
      command: `kubectl --context ${cluster} get pods -n kulprit -l app.kubernetes.io/name=kulprit-forwarder`,
    },
    {
      text: 'Read why it cannot deliver.',
      command: `kubectl --context ${cluster} logs -n kulprit -l app.kubernetes.io/name=kulprit-forwarder --tail=50`,
    },
    { text: 'Where it runs: check its network way to EventBridge, and its role.' },
  ],
}

export function diagnosisOfSilence(observation: Observation): Diagnosis {
  const [evidence] = observation.evidence
  if (evidence === undefined) throw new Error('a silence is observed with its last heartbeat')
  const given = { observation, facts: {}, quote: evidence.quote, evidence, spec: undefined }
  const { code, family, title, severity, explain, remedies } = clusterSilent
  const { subject, symptom, affectedPods } = observation
  return {
    cause: code,
    family,
    title,
    explanation: explain(given),
    severity,
    confidence: 'certain',
    symptom,
    subject,
    evidence: [{ source: evidence.source, quote: evidence.quote, ...(evidence.at !== undefined && { at: evidence.at }) }],
    changes: [],
    remedies: [...remedies(given)],
    alternatives: [],
    affectedPods,
  }
}

/** The end of a silence. */
export const recoveryOfSilence = ({ cluster, at }: Heartbeat): Recovery => ({
  schema: 1,
  id: idOf('rec', ['silent', cluster, at]),
  cluster,
  workload: { kind: 'Cluster', name: cluster },
  at,
  reason: 'ready',
})

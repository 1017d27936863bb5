import type { Case, Cause } from '../causes/cause.ts'
import type { EvidenceOf } from '../evidence.ts'

const spec: EvidenceOf<'spec'> = {
  source: 'spec',
  quote: '',
  container: 'CONTAINER',
  image: 'REGISTRY/REPOSITORY:TAG',
  imagePullSecrets: [],
  command: [],
  args: [],
  env: [],
  envFrom: [],
  ports: [],
  requests: {},
  limits: {},
  mounts: [],
  probes: {},
  init: false,
  node: 'NODE',
  facts: { image: 'REGISTRY/REPOSITORY:TAG', registry: 'REGISTRY', repository: 'REPOSITORY', tag: 'TAG' },
}

/** A case of a cause that nothing is known of but names: what to do in general, with capitals where a real case has its own. */
export function exampleOf({ clues }: Cause): Case {
  const reason = clues.find((clue) => clue.reason !== undefined)?.reason?.[0] ?? ''
  const evidence: EvidenceOf<'object'> = { source: 'object', quote: '', reason, facts: {} }
  const at = '1970-01-01T00:00:00.000Z'
  return {
    observation: {
      schema: 1,
      id: `obs_${'0'.repeat(24)}`,
      cluster: 'cluster',
      observedAt: at,
      subject: {
        cluster: 'cluster',
        kind: 'Pod',
        namespace: 'NAMESPACE',
        name: 'POD',
        container: 'CONTAINER',
        workload: { kind: 'Deployment', name: 'NAME' },
      },
      symptom: reason,
      affectedPods: 1,
      pods: ['POD'],
      evidence: [evidence, spec],
      changes: [],
    },
    facts: { name: 'NAME' },
    quote: '',
    evidence,
    spec,
  }
}

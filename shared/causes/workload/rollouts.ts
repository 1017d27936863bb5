import type { Cause } from '../cause.ts'
import { inNamespace, undo, watchRollout, who, workloadOf } from '../wording.ts'
import { factsOf } from './facts-of.ts'

/** Rollouts that come to nothing. */
export const rollouts: readonly Cause[] = [
  {
    code: 'DeploymentStalled',
    family: 'workload',
    title: 'The rollout makes no progress',
    severity: 'critical',
    meaning: 'The Deployment exceeded its progress deadline, and nothing deeper is in evidence.',
    knownBy: ['The condition Progressing is False with ProgressDeadlineExceeded, and its pods show no failure of their own.'],
    clues: [
      { source: 'status', reason: ['ProgressDeadlineExceeded'], confidence: 'likely', weight: 13 },
      { source: 'event', reason: ['ProgressDeadlineExceeded'], confidence: 'likely', weight: 13 },
    ],
    explain: (given) => {
      const { gate } = factsOf(given, 'ReadinessGate')
      const { ready, wanted } = factsOf(given, 'Replicas')
      return `The rollout of ${who(given)} has not come further within its deadline${ready === undefined ? '' : `: ${ready} of ${wanted} replicas are ready`}. ${gate === undefined ? 'No container of its pods shows why.' : `Its pods run, but their readiness gate ${gate} is not set: the controller that should set it (a load balancer's, usually) has not done so.`} Kubernetes does not go back by itself; the pods of the old revision go on serving.`
    },
    remedies: (given) => [
      {
        text: 'See where it stands, and which pods are not ready.',
        command: `kubectl rollout status ${workloadOf(given)}${inNamespace(given)} --timeout=5s; kubectl describe ${workloadOf(given)}${inNamespace(given)}`,
      },
      { text: 'See the conditions and readiness gates of its pods.', command: `kubectl get pods${inNamespace(given)} -o wide` },
      { text: 'Go back to the revision before.', command: `kubectl rollout undo ${workloadOf(given)}${inNamespace(given)}` },
      ...undo(given).slice(1),
      watchRollout(given),
    ],
  },
]

import type { EvidenceOf } from '../evidence.ts'
import type { Observation } from '../observation.ts'
import type { Remedy } from '../diagnosis.ts'
import type { Case, Facts } from './cause.ts'

/** The failing container and its workload, as a sentence begins: `Container web of Deployment checkout`. */
export function who({ observation: { subject } }: Case): string {
  const { kind, name } = subject.workload ?? subject
  return subject.container === undefined ? `${kind} ${name}` : `Container ${subject.container} of ${kind} ${name}`
}

/** The same within a sentence: `container web of Deployment checkout`. */
export const within = (given: Case): string => who(given).replace(/^Container /, 'container ')

/** The pod by its workload, within a sentence: `the pod of Deployment checkout`. */
export function podOf({ observation: { subject } }: Case): string {
  return subject.workload === undefined
    ? `the pod ${subject.name}`
    : `the pod of ${subject.workload.kind} ${subject.workload.name}`
}

/** As a sentence begins. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** ` -n NAMESPACE`, for the end of a kubectl command. */
export const inNamespace = ({ observation: { subject } }: Case): string =>
  subject.namespace === undefined ? '' : ` -n ${subject.namespace}`

/** The workload as kubectl takes it: `deployment/checkout`. */
export function workloadOf({ observation: { subject } }: Case): string {
  const { kind, name } = subject.workload ?? subject
  return `${kind.toLowerCase()}/${name}`
}

/** The facts of the container's manifest: `image`, `registry`, `repository`, `tag` and more. */
export const specFacts = (given: Case): Facts => given.spec?.facts ?? {}

/** The manifest of the failing container, inside an observation. */
export const specOf = ({ evidence }: Observation): EvidenceOf<'spec'> | undefined => evidence.find((e) => e.source === 'spec')

/** What the node of the pod is called; a placeholder where that is unknown. */
export const nodeOf = (given: Case): string => given.spec?.node ?? 'NODE'

/** How the workload's containers can be changed in place; Jobs and their pods cannot. */
export const canRoll = ({ observation: { subject } }: Case): boolean =>
  ['Deployment', 'StatefulSet', 'DaemonSet'].includes((subject.workload ?? subject).kind)

/** Corrects the manifest of the workload; what a Job or a pod is made of cannot be changed in place. */
export function editWorkload(given: Case, text: string): Remedy {
  const { kind } = given.observation.subject.workload ?? given.observation.subject
  return kind === 'Job' || kind === 'Pod'
    ? {
        text: `${text} A ${kind} cannot be changed in place: correct its manifest, and create it anew.`,
        command: `kubectl get ${workloadOf(given)}${inNamespace(given)} -o yaml`,
      }
    : { text, command: `kubectl edit ${workloadOf(given)}${inNamespace(given)}` }
}

/** Goes back to the revision before, where the failure came with a change of the manifest. */
export function undo(given: Case): readonly Remedy[] {
  if (!canRoll(given) || given.observation.changes.length === 0) return []
  return [
    {
      text: 'Until that is done, go back to the revision before, which differs as shown.',
      command: `kubectl rollout undo ${workloadOf(given)}${inNamespace(given)}`,
    },
  ]
}

/** How to see that a fix worked. */
export function watchRollout(given: Case): Remedy {
  const text = 'See that it worked.'
  const { kind } = given.observation.subject.workload ?? given.observation.subject
  if (canRoll(given)) return { text, command: `kubectl rollout status ${workloadOf(given)}${inNamespace(given)} --timeout=5m` }
  if (kind === 'Job')
    return { text, command: `kubectl wait --for=condition=complete ${workloadOf(given)}${inNamespace(given)} --timeout=10m` }
  if (kind === 'CronJob') return { text, command: `kubectl get jobs${inNamespace(given)} -w` }
  return given.observation.subject.kind === 'Pod'
    ? { text, command: `kubectl get pod ${given.observation.subject.name}${inNamespace(given)} -w` }
    : { text, command: `kubectl get pods${inNamespace(given)} -w` }
}

/** A command that runs on the pod's node, in a debugging pod that sees the node's network. */
export const onNode = (given: Case, command: string): string =>
  `kubectl debug node/${nodeOf(given)} -it --image=busybox -- ${command}`

/** A sentence on what changed, where a change of this path explains the failure; empty otherwise. */
export function changed(given: Case, path: RegExp): string {
  const change = given.observation.changes.find((candidate) => path.test(candidate.path))
  if (change === undefined) return ''
  const { before, after } = change
  return ` It came with a change: ${change.path} was ${before ?? 'absent'} and is now ${after ?? 'absent'}.`
}

/** How many pods show it, where it is more than the one named. */
export const pods = ({ observation: { affectedPods } }: Case): string =>
  affectedPods > 1 ? ` ${affectedPods} pods show the same.` : ''

import type { Confidence } from '../../diagnosis.ts'
import type { Observation } from '../../observation.ts'
import type { AnyClue, Case, Facts } from '../cause.ts'
import { inNamespace, specFacts, specOf, workloadOf } from '../wording.ts'

interface PullClue {
  readonly text: RegExp
  readonly unless?: RegExp
  readonly confidence: Confidence
  readonly weight: number
  readonly when?: (all: Observation, text: string) => boolean | Facts
}

/** Reasons of events that can carry what a pull, or the image's reference, met with. */
const pullEvents = [
  'Failed',
  'FailedPullImage',
  'PullImageError',
  'ErrImagePull',
  'ImagePullBackOff',
  'BackOff',
  'InspectFailed',
  'FailedSync',
  'ErrImageNeverPull',
  'FailedCreatePodSandBox',
]

/** Container states that come after the pull: their messages are about something else. */
const afterPull =
  /^(?:CrashLoopBackOff|CreateContainer|RunContainer|StartError|PostStart|ContainerCannotRun|Error$|OOMKilled|Completed)/

const notOfPull =
  /OCI runtime|failed to (?:create|start) (?:containerd|shim|container)|Back-off restarting|^Error: (?:failed to (?:create|start)|cannot find volume)/

/** Looks for a text in what is said of a pull: the container's waiting message, and the events of the kubelet. */
export function pullClues({ text, unless, confidence, weight, when }: PullClue): readonly AnyClue[] {
  const shared = { text, ...(unless !== undefined && { unless }), confidence, weight }
  return [
    {
      ...shared,
      source: 'status',
      when: (evidence, all) =>
        evidence.state === 'waiting' && !afterPull.test(evidence.reason ?? '') && (when?.(all, evidence.quote) ?? true),
    },
    {
      ...shared,
      source: 'event',
      reason: pullEvents,
      when: ({ quote, reason }, all) =>
        !notOfPull.test(quote) &&
        (!afterPull.test(all.symptom) || /pull|manifest|image/i.test(quote)) &&
        (reason !== 'FailedCreatePodSandBox' || /sandbox image|pull(?:ing)? (?:and unpack )?image/i.test(quote)) &&
        (when?.(all, quote) ?? true),
    },
  ]
}

/** The image as the manifest names it. */
export const imageOf = (given: Case): string => given.facts['image'] ?? given.spec?.image ?? 'the image'

/** The registry that was asked. */
export const registryOf = (given: Case): string => specFacts(given)['registry'] ?? 'the registry'

export const repositoryOf = (given: Case): string => specFacts(given)['repository'] ?? 'the repository'

/** The tag or the digest, with its noun. */
export function versionOf(given: Case): string {
  const { tag, digest } = specFacts(given)
  return digest === undefined ? `tag ${tag ?? 'latest'}` : `digest ${digest}`
}

/** Failures at one registry are told as one. */
export const byRegistry = (given: Case): string | undefined => specFacts(given)['registry']

/** Failures of one image are told as one. */
export const byImage = (given: Case): string | undefined => given.spec?.image

export const byNode = (given: Case): string | undefined => given.spec?.node

/** Whether the pod presents credentials of its own. */
export const hasPullSecrets = (all: Observation): boolean => (specOf(all)?.imagePullSecrets.length ?? 0) > 0

/** Puts another image into the workload; where that cannot be done in place, says how else. */
export function setImage(given: Case, image: string): { readonly command: string } {
  const container = given.observation.subject.container ?? 'CONTAINER'
  const { kind, name } = given.observation.subject.workload ?? given.observation.subject
  return kind === 'Job'
    ? {
        command: `kubectl get job ${name}${inNamespace(given)} -o yaml > ${name}.yaml   # correct the image, delete the Job, apply the file`,
      }
    : { command: `kubectl set image ${workloadOf(given)} ${container}=${image}${inNamespace(given)}` }
}

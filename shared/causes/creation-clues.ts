import type { Confidence } from '../diagnosis.ts'
import type { Observation } from '../observation.ts'
import type { AnyClue, Facts } from './cause.ts'

interface CreationClue {
  readonly text: RegExp
  readonly unless?: RegExp
  readonly confidence: Confidence
  readonly weight: number
  readonly when?: (all: Observation, text: string) => boolean | Facts
  /** Only events of these reasons; the container's own status is looked at all the same. */
  readonly reason?: readonly string[]
}

/** Events that tell what kept a container, or its whole pod, from being created. */
const creationEvents = [
  'Failed',
  'FailedSync',
  'FailedCreatePodSandBox',
  'FailedCreatePodSandbox',
  'FailedPodSandBoxStatus',
  'FailedCreatePodContainer',
  'FailedMount',
  'FailedMapVolume',
  'FailedKillPod',
  'FailedPrepareDynamicResources',
  'FailedValidation',
  'InspectFailed',
  'BackOff',
  'NetworkNotReady',
  'NetworkFailed',
  'ContainerGCFailed',
  'SysctlForbidden',
  'AppArmor',
  'UnexpectedAdmissionError',
  'CreateContainerError',
  'CreateContainerConfigError',
]

/** What is said of an image on its way belongs to the family of images. */
const ofPull = /^(?:Failed to pull image|Back-off pulling image|Failed to apply default image tag)/
const pulling = /^(?:ErrImage|Image|InvalidImageName|Registry|SignatureValidation|PullImage)/

/** How a container ended that never began. */
const neverBegan = /^(?:StartError|ContainerCannotRun|RunContainerError|CreateContainerError|CreateContainerConfigError)$/

/** Looks for a text in what is said of the creation of a container: its status, the pod's, and the events of the kubelet. */
export function creationClues({ text, unless, confidence, weight, when, reason }: CreationClue): readonly AnyClue[] {
  const shared = { text, ...(unless !== undefined && { unless }), confidence, weight }
  return [
    {
      ...shared,
      source: 'status',
      when: (evidence, all) => isOfCreation(evidence.state, evidence.reason ?? '') && (when?.(all, evidence.quote) ?? true),
    },
    {
      ...shared,
      source: 'event',
      reason: reason ?? creationEvents,
      when: ({ quote }, all) => !ofPull.test(quote) && (when?.(all, quote) ?? true),
    },
  ]
}

function isOfCreation(state: string, reason: string): boolean {
  if (state === 'waiting') return reason !== 'CrashLoopBackOff' && !pulling.test(reason)
  return state === 'phase' || neverBegan.test(reason)
}

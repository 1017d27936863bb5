import type { Evidence, EvidenceOf } from '../evidence.ts'
import type { ContainerState, ContainerStatus, KubernetesObject, Pod } from '../kubernetes.ts'
import type { ClusterEvent } from './cluster-event.ts'
import { utc } from './cluster-event.ts'
import { exitEvidence } from './exit-evidence.ts'

/** What a container's status says: its state now, and how it ended before. */
export function statusEvidence(status: ContainerStatus): EvidenceOf<'status'>[] {
  const { name, state, lastState, restartCount } = status
  const shared = { ...(name !== undefined && { container: name }), ...(restartCount !== undefined && { restartCount }) }
  return [...stateEvidence(state, 'terminated', shared), ...stateEvidence(lastState, 'last', shared)]
}

interface Named {
  readonly container?: string
  readonly restartCount?: number
}

function stateEvidence(state: ContainerState | undefined, ended: 'terminated' | 'last', shared: Named): EvidenceOf<'status'>[] {
  const { waiting, running, terminated } = state ?? {}
  if (terminated !== undefined) return [exitEvidence(terminated, ended, shared)]
  if (waiting !== undefined) {
    const { reason, message } = waiting
    const quote = withoutMirrors([reason, message].filter((part) => part !== undefined && part !== '').join(': '))
    return [
      {
        source: 'status',
        state: 'waiting',
        quote,
        ...shared,
        ...(reason !== undefined && { reason }),
        ...(message !== undefined && { message }),
      },
    ]
  }
  if (running === undefined) return []
  const startedAt = utc(running.startedAt)
  return [
    {
      source: 'status',
      state: 'running',
      quote: startedAt === undefined ? 'running, not ready' : `running since ${startedAt}`,
      ...shared,
      ...(startedAt !== undefined && { startedAt, at: startedAt }),
    },
  ]
}

/** Why a pod as a whole is where it is: its own reason and message, and the conditions that are not met. */
export function podStatusEvidence({ status = {} }: Pod): EvidenceOf<'status'>[] {
  const { phase, reason, message, conditions = [] } = status
  const whole: EvidenceOf<'status'>[] =
    reason === undefined && message === undefined
      ? []
      : [
          {
            source: 'status',
            state: 'phase',
            quote: [reason ?? phase, message].filter((part) => part !== undefined && part !== '').join(': '),
            ...(reason !== undefined && { reason }),
            ...(message !== undefined && { message }),
          },
        ]
  return [...whole, ...conditions.filter(isUnmet).map(conditionEvidence)]
}

type PodCondition = NonNullable<NonNullable<Pod['status']>['conditions']>[number]

/** That a pod with a failing container is not ready says nothing more. */
const isUnmet = ({ status, message, reason }: PodCondition) =>
  status === 'False' &&
  message !== undefined &&
  message !== '' &&
  reason !== 'ContainersNotReady' &&
  reason !== 'ContainersNotInitialized'

/** A condition that is not as it should be. */
export function conditionEvidence({ type, reason, message = '', lastTransitionTime }: PodCondition): EvidenceOf<'status'> {
  const at = utc(lastTransitionTime)
  return {
    source: 'status',
    state: 'condition',
    quote: `${type}: ${message}`,
    ...(reason !== undefined && { reason }),
    message,
    ...(at !== undefined && { at }),
  }
}

/** An event as evidence; `about` names its object where it is not the subject. */
export function eventEvidence(event: ClusterEvent, about?: KubernetesObject): EvidenceOf<'event'> {
  const { reason, type, message, count, firstAt, lastAt, component, container } = event
  const name = about?.metadata?.name
  return {
    source: 'event',
    quote: withoutMirrors(message),
    reason,
    type,
    count,
    ...(lastAt !== undefined && { at: lastAt }),
    ...(firstAt !== undefined && { firstAt }),
    ...(component !== undefined && { component }),
    ...(container !== undefined && { container }),
    ...(name !== undefined && { object: { kind: about?.kind ?? event.involved.kind, name } }),
  }
}

/** Events that tell a story: warnings, and the normal ones that explain them. */
const telling = new Set([
  'Killing',
  'BackOff',
  'Pulling',
  'Pulled',
  'SandboxChanged',
  'Preempted',
  'NotTriggerScaleUp',
  'TriggeredScaleUp',
])

/** The events of a pod that speak of this container or of the pod as a whole, the latest first and the same message once. */
export function eventsAbout(
  events: readonly ClusterEvent[],
  status: ContainerStatus,
  others: readonly ContainerStatus[],
): ClusterEvent[] {
  const seen = new Set<string>()
  const about: ClusterEvent[] = []
  for (const event of events.toReversed()) {
    if (event.type !== 'Warning' && !telling.has(event.reason)) continue
    if (isAboutOther(event, status, others) || isOutlived(event, status)) continue
    // A registry that flaps says many things of one image: what it said last is what stands in the way now.
    const key = failedPull.test(event.message) ? 'pull' : `${event.reason} ${withoutIds(event.message)}`
    if (seen.has(key)) continue
    seen.add(key)
    about.push(event)
    if (about.length === 25) break
  }
  return about
}

/** CRI-O tells of its mirrors first; what counts is what the registry itself said in the end. */
const withoutMirrors = (text: string) => text.replace(/\(Mirrors also failed: \[.*\]\): /s, '(Mirrors also failed) ')

const failedPull = /^Failed to pull image/

/** Ids of sandboxes and time stamps make each of a hundred equal events different. */
const withoutIds = (message: string) =>
  message
    .replace(/^\(combined from similar events\): /, '')
    .replace(/[0-9a-f]{16,}|\b\d{2}:\d{2}:\d{2}[.\dZ]*/g, '#')
    .slice(0, 500)

function isAboutOther(
  { container, message }: ClusterEvent,
  status: ContainerStatus,
  others: readonly ContainerStatus[],
): boolean {
  if (container !== undefined) return container !== status.name
  const rest = others.filter(({ name }) => name !== status.name)
  const named = /\bcontainer:? "?([a-z0-9][-a-z0-9]*)"?/.exec(message)?.[1]
  if (named !== undefined && named !== status.name && rest.some(({ name }) => name === named)) return true
  const image = /image "([^"]+)"/.exec(message)?.[1]
  return image !== undefined && image !== status.image && rest.some((other) => other.image === image)
}

/** A failed pull is over as soon as the container has been created. */
function isOutlived({ reason, message }: ClusterEvent, { state, lastState, restartCount = 0 }: ContainerStatus): boolean {
  const waits = /^(ErrImage|Image|InvalidImageName|Registry|SignatureValidation|PullImage)/.test(state?.waiting?.reason ?? '')
  const created = state?.running ?? state?.terminated ?? lastState?.terminated ?? (restartCount > 0 ? {} : undefined)
  if (waits || created === undefined) return false
  return (
    reason === 'FailedToRetrieveImagePullSecret' ||
    /^(?:Failed to pull image|Back-off pulling image|Error: (?:ErrImagePull|ImagePullBackOff))/.test(message)
  )
}

/** What a log says, cut to the lines that matter. */
export function logEvidence(
  container: string,
  previous: boolean,
  { lines, quote }: { readonly lines: readonly string[]; readonly quote: string },
): Evidence {
  return { source: 'log', container, previous, lines: [...lines], quote }
}

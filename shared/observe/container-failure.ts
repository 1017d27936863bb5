import type { ContainerSpec, ContainerStatus, Pod, TerminatedState } from '../kubernetes.ts'
import type { ClusterEvent } from './cluster-event.ts'

/** How a container of a pod fails, as kubectl shows it. */
export interface ContainerFailure {
  readonly symptom: string
  readonly failedAt?: string
  /** Only worth a word when no other container of the pod explains it. */
  readonly weak?: true
}

/** What is asked whether it fails: one container, with the pod that it is in and the events that speak of it. */
export interface ContainerView {
  readonly pod: Pod
  readonly spec: ContainerSpec | undefined
  readonly status: ContainerStatus
  readonly init: boolean
  readonly events: readonly ClusterEvent[]
  readonly now: string
  /** The rollout that the pod belongs to has passed its deadline. */
  readonly overdue: boolean
}

const starting = new Set(['ContainerCreating', 'PodInitializing'])

/** Warnings about a pod that keep its containers from being created. */
const blocking = new Set([
  'FailedCreatePodSandBox',
  'FailedCreatePodSandbox',
  'FailedPodSandBoxStatus',
  'NetworkNotReady',
  'NetworkFailed',
  'Failed',
  'FailedSync',
  'FailedMount',
  'FailedAttachVolume',
  'FailedMapVolume',
  'FailedCreatePodContainer',
  'FailedPrepareDynamicResources',
  'FailedPostStartHook',
  'SysctlForbidden',
  'AppArmor',
])

/** The kubelet backs a crashing container off by up to 5 minutes; it has recovered when it has outlived two of them. */
const longestBackOff = 300_000
const minute = 60_000

/** Says how a container fails; undefined for one that is well, is starting, or has recovered. */
export function failureOf(view: ContainerView): ContainerFailure | undefined {
  const { waiting, terminated, running } = view.status.state ?? {}
  if (waiting !== undefined) return waitingFailure(view, waiting.reason ?? '')
  if (terminated !== undefined) return terminatedFailure(view, terminated)
  if (running !== undefined) return runningFailure(view, running.startedAt)
  return undefined
}

function waitingFailure(view: ContainerView, reason: string): ContainerFailure | undefined {
  const last = view.status.lastState?.terminated
  if (starting.has(reason) || reason === '') {
    if (last !== undefined && failed(last)) return failure('CrashLoopBackOff', last.finishedAt)
    const blocked = isBlocked(view.events) && !isYoung(view, 5_000)
    if (blocked || lacksPullSecret(view) || pullsForEver(view)) return failure(reason || 'ContainerCreating')
    return reason !== 'PodInitializing' && isForgotten(view) ? { ...failure('ContainerCreating'), weak: true } : undefined
  }
  return failure(reason, last?.finishedAt)
}

/** A pull of minutes is no failure by itself; one that outlasts the deadline of its rollout, or a quarter of an hour, is. */
function pullsForEver({ events, now, overdue }: ContainerView): boolean {
  const latest = events.findLast(({ reason }) => /^(?:Pulling|Pulled|Failed|BackOff|Created|Started)$/.test(reason))
  const since = age(latest?.lastAt, now)
  return latest?.reason === 'Pulling' && since !== undefined && since > (overdue ? 30_000 : 15 * minute)
}

/** A missing pull secret harms nobody whose image is there or public; one that is the last thing said of a pod that does not start, does. */
function lacksPullSecret(view: ContainerView): boolean {
  const missing = view.events.some(({ reason }) => reason === 'FailedToRetrieveImagePullSecret')
  return missing && !view.events.some(progresses) && !isYoung(view, 15_000)
}

/** No start takes a quarter of an hour without a word; what was said may be gone, since events stay for an hour. */
const isForgotten = ({ pod, now, events }: ContainerView) =>
  (age(pod.status?.startTime ?? pod.metadata?.creationTimestamp, now) ?? 0) > 15 * minute && !events.some(progresses)

const blocks = ({ type, reason }: ClusterEvent) => type === 'Warning' && blocking.has(reason)
const progresses = ({ reason }: ClusterEvent) => /^(?:Pulling|Pulled|Created|Started)$/.test(reason)

/** What blocked a pod is over when a later event shows it a step further. */
function isBlocked(events: readonly ClusterEvent[]): boolean {
  const block = events.findLast(blocks)
  const step = events.findLast(progresses)
  return block !== undefined && (step?.lastAt === undefined || block.lastAt === undefined || block.lastAt >= step.lastAt)
}

function terminatedFailure(view: ContainerView, terminated: TerminatedState): ContainerFailure | undefined {
  if (failed(terminated)) return failure(terminated.reason ?? 'Error', terminated.finishedAt)
  return view.init || !restartsAlways(view) || view.pod.status?.phase === 'Succeeded'
    ? undefined
    : failure('Completed', terminated.finishedAt)
}

function runningFailure(view: ContainerView, startedAt: string | null | undefined): ContainerFailure | undefined {
  const { status, events } = view
  const last = status.lastState?.terminated
  const since = age(startedAt, view.now)
  const restarts = status.restartCount ?? 0
  if (view.init && !isSidecar(view)) {
    // An init container that runs is at work; only one that has failed before is worth a word.
    return last !== undefined && failed(last) && restarts > 1 && (since ?? 0) < 2 * longestBackOff
      ? failure('CrashLoopBackOff', last.finishedAt)
      : undefined
  }
  const killed = events.some((event) => isKill(event) && isFresh(event, view))
  if (last !== undefined && restarts > 0 && isRecent(status, since, killed)) {
    if (last.reason === 'OOMKilled') return failure('OOMKilled', last.finishedAt)
    if (failed(last) || killed || restartsAlways(view)) return failure('CrashLoopBackOff', last.finishedAt)
  }
  if (isKilledAgainAndAgain(view, killed)) return failure('Restarting', last?.finishedAt)
  const hook = events.find((event) => /^FailedP(?:ostStart|reStop)Hook$/.test(event.reason) && isFresh(event, view))
  if (hook !== undefined) return failure(hook.reason)
  if (status.ready === true) return since === undefined && restarts > 0 ? failure('Restarting') : undefined
  if (killed || events.some((event) => isProbe(event) && persists(event, view))) return failure('NotReady')
  return isOverlong(view, since) ? { ...failure('NotReady'), weak: true } : undefined
}

const isKill = ({ reason, message }: ClusterEvent) => reason === 'Killing' && message.includes('probe')
const isProbe = ({ reason }: ClusterEvent) => reason === 'Unhealthy' || reason === 'ProbeError'

/** An event stays for an hour; what it says of a container that runs is over after two back-offs. */
const isFresh = ({ lastAt }: ClusterEvent, { now }: ContainerView) => (age(lastAt, now) ?? 0) < 2 * longestBackOff

function isKilledAgainAndAgain({ status: { restartCount = 0 }, ...view }: ContainerView, killed: boolean): boolean {
  if (killed) return restartCount > 1
  const isLiveness = ({ message }: ClusterEvent) => /(?:Liveness|Startup) probe/.test(message)
  return (
    restartCount > 2 &&
    view.events.some((event) => isProbe(event) && isLiveness(event) && isFresh(event, { ...view, status: {} }))
  )
}

/** Not ready for so long that no start explains it, although no event is left to say why. */
function isOverlong({ status, spec }: ContainerView, since: number | undefined): boolean {
  if (since === undefined) return true
  const { initialDelaySeconds = 0, periodSeconds = 10, failureThreshold = 3 } = spec?.startupProbe ?? {}
  const startup =
    spec?.startupProbe === undefined || status.started === true ? 0 : initialDelaySeconds + periodSeconds * failureThreshold
  return since > Math.max(longestBackOff, startup * 1000)
}

/** Restarted so lately, and so often, that running now proves nothing. */
function isRecent({ restartCount = 0, ready, lastState }: ContainerStatus, since: number | undefined, killed: boolean): boolean {
  if (since === undefined) return true
  if (ready !== true) return since < 2 * longestBackOff || killed
  if (lastState?.terminated?.reason === 'OOMKilled') return restartCount > 1 && since < 12 * longestBackOff
  return restartCount > 2 && since < Math.min(10_000 * 2 ** (restartCount - 1), longestBackOff) * 2
}

/** A probe that fails once or twice while a program starts is no failure. */
function persists({ count, firstAt, lastAt, message }: ClusterEvent, view: ContainerView): boolean {
  if (message.startsWith('Startup probe') && view.spec?.startupProbe !== undefined) {
    const { failureThreshold = 3 } = view.spec.startupProbe
    return count >= failureThreshold
  }
  if (count >= 3) return true
  const running = age(view.status.state?.running?.startedAt, view.now)
  if (running === undefined) return true
  const span = firstAt !== undefined && lastAt !== undefined ? Date.parse(lastAt) - Date.parse(firstAt) : 0
  return span > minute || (running > 2 * minute && (age(lastAt, view.now) ?? 0) < minute)
}

const failure = (symptom: string, failedAt?: string | null): ContainerFailure => {
  const at = failedAt === undefined || failedAt === null || Date.parse(failedAt) <= 0 ? undefined : failedAt
  return { symptom, ...(at !== undefined && { failedAt: new Date(at).toISOString() }) }
}

const failed = ({ exitCode, reason, signal }: TerminatedState) =>
  (exitCode ?? 0) !== 0 || (signal ?? 0) !== 0 || (reason !== undefined && reason !== 'Completed')

const isSidecar = ({ spec }: ContainerView) => spec?.restartPolicy === 'Always'

const restartsAlways = (view: ContainerView) =>
  (view.pod.spec?.restartPolicy ?? (isOfJob(view.pod) ? 'Never' : 'Always')) === 'Always'

const isOfJob = ({ metadata }: Pod) => metadata?.ownerReferences?.some(({ kind }) => kind === 'Job') ?? false

const isYoung = ({ pod, now }: ContainerView, milliseconds: number) =>
  (age(pod.metadata?.creationTimestamp, now) ?? milliseconds) < milliseconds

/** How long ago a time was, in milliseconds; undefined for an unknown one. */
function age(time: string | null | undefined, now: string): number | undefined {
  if (time === null || time === undefined) return undefined
  const milliseconds = Date.parse(now) - Date.parse(time)
  return Number.isNaN(milliseconds) ? undefined : milliseconds
}

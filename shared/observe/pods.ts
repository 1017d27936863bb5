import type { Evidence } from '../evidence.ts'
import type { Condition, ContainerSpec, ContainerStatus, Pod } from '../kubernetes.ts'
import type { Observation } from '../observation.ts'
import { changesOf } from './changes.ts'
import type { ClusterEvent } from './cluster-event.ts'
import type { ClusterIndex } from './cluster-index.ts'
import { eventEvidence, eventsAbout, logEvidence, podStatusEvidence, statusEvidence } from './container-evidence.ts'
import { failureOf, type ContainerFailure } from './container-failure.ts'
import { toObservations, type Sighting } from './draft.ts'
import { imageHistory } from './image-history.ts'
import { nodeEvidence } from './node-evidence.ts'
import type { ObserveOptions } from './observer.ts'
import { specEvidence } from './spec-evidence.ts'
import { isSuperseded } from './superseded.ts'
import { readLog } from './logs/read-log.ts'

/** Finds the containers of workloads that fail, from their pods. */
export function observePods(index: ClusterIndex, options: ObserveOptions): Observation[] {
  const sightings = index.pods.filter((pod) => isOfInterest(index, pod)).flatMap((pod) => sightingsOf(index, options, pod))
  return toObservations(index, options, sightings)
}

/** Reasons of failed pods that say something of node, scheduler or deadline, and nothing of a container. */
const notOfContainers =
  /^(?:Evicted|Preempt|NodeLost|DeadlineExceeded|NodeShutdown|Shutdown|Terminated|Outof|NodeAffinity|NodePorts|NodeUnreachable|TaintToleration)/i

function isOfInterest(index: ClusterIndex, pod: Pod): boolean {
  if (pod.metadata?.deletionTimestamp !== undefined) return false
  const { phase, reason = '' } = pod.status ?? {}
  if (phase === 'Succeeded' || notOfContainers.test(reason)) return false
  return phase !== 'Failed' || !isSuperseded(index, pod)
}

function isOverdue(index: ClusterIndex, pod: Pod): boolean {
  const root = index.rootOf(pod)
  const deployment = root?.kind === 'Deployment' ? index.get('Deployment', pod.metadata?.namespace, root.name) : undefined
  const { conditions = [] } = (deployment?.status ?? {}) as { conditions?: readonly Condition[] }
  return conditions.some(({ reason, status }) => reason === 'ProgressDeadlineExceeded' && status === 'False')
}

interface Failing {
  readonly spec: ContainerSpec | undefined
  readonly status: ContainerStatus
  readonly init: boolean
  readonly failure: ContainerFailure
}

function sightingsOf(index: ClusterIndex, options: ObserveOptions, pod: Pod): Sighting[] {
  const { namespace = '', name = '', uid } = pod.metadata ?? {}
  const events = index.eventsOf('Pod', namespace, name, uid)
  const failing = failingContainers(pod, events, { now: options.now, overdue: isOverdue(index, pod) }, (container) =>
    index.logOf(namespace, name, container, false),
  )
  return failing.map((one) => sightingOf(index, pod, events, one, failing))
}

/** The containers of a pod that fail; an init container that does hides all that wait for it. */
function failingContainers(
  pod: Pod,
  events: readonly ClusterEvent[],
  around: { readonly now: string; readonly overdue: boolean },
  logOf: (container: string) => string | undefined,
): Failing[] {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {}
  const all = [...initContainerStatuses, ...containerStatuses]
  const read = (status: ContainerStatus, init: boolean): Failing[] => {
    const specs = (init ? pod.spec?.initContainers : pod.spec?.containers) ?? []
    const spec = specs.find(({ name }) => name === status.name)
    const about = events.filter(({ container }) => container === undefined || container === status.name)
    const failure = failureOf({ pod, spec, status, init, events: about, ...around })
    return failure === undefined ? [] : [{ spec, status: withImage(status, spec), init, failure }]
  }
  const inits = initContainerStatuses.flatMap((status) => read(status, true))
  const [first] = inits
  if (first !== undefined) return [first]
  if (all.length === 0) return wholePod(pod, events)
  const mains = containerStatuses.flatMap((status) => read(status, false))
  // What blocks the whole pod shows at each of its containers, and is one failure.
  if (mains.length === 0)
    return containerStatuses
      .filter((status) => isOutOfMemory(status, logOf))
      .slice(0, 1)
      .map((status) => ({
        spec: specOf(pod, status.name),
        status: withImage(status, specOf(pod, status.name)),
        init: false,
        failure: { symptom: 'Running' },
      }))
  const own = mains.filter(({ failure }) => !isBlocked(failure) && failure.weak !== true)
  return own.length > 0 ? own : mains.slice(0, 1)
}

/** A heap that is used up often leaves the program running, ready and useless: its log alone says so. */
const exhausted = /java\.lang\.OutOfMemoryError|JavaScript heap out of memory|SIGKILL! Perhaps out of memory/

function isOutOfMemory({ name, state }: ContainerStatus, logOf: (container: string) => string | undefined): boolean {
  return name !== undefined && state?.running !== undefined && exhausted.test(logOf(name)?.slice(-200_000) ?? '')
}

const isBlocked = ({ symptom }: ContainerFailure) => symptom === 'ContainerCreating' || symptom === 'PodInitializing'

/** The status's image may be resolved to another name; what the manifest asks for is what events speak of. */
const withImage = (status: ContainerStatus, spec: ContainerSpec | undefined): ContainerStatus =>
  spec?.image === undefined ? status : { ...status, image: spec.image }

/** The kubelet has refused the pod, or has not come to write down the states of its containers. */
function wholePod(pod: Pod, events: readonly ClusterEvent[]): Failing[] {
  const { phase, reason } = pod.status ?? {}
  const spec = pod.spec?.containers?.[0]
  const warned = events.some(({ type, reason: why }) => type === 'Warning' && startWarnings.has(why))
  if (phase !== 'Failed' && !warned) return []
  const symptom = phase === 'Failed' ? (reason ?? 'Failed') : 'ContainerCreating'
  return [{ spec, status: { ...(spec?.name !== undefined && { name: spec.name }) }, init: false, failure: { symptom } }]
}

const startWarnings = new Set([
  'Failed',
  'FailedCreatePodSandBox',
  'FailedMount',
  'FailedSync',
  'InspectFailed',
  'ErrImageNeverPull',
  'NetworkNotReady',
  'SysctlForbidden',
  'UnexpectedAdmissionError',
])

function sightingOf(
  index: ClusterIndex,
  pod: Pod,
  events: readonly ClusterEvent[],
  one: Failing,
  failing: readonly Failing[],
): Sighting {
  const { spec, status, init, failure } = one
  const container = status.name ?? spec?.name
  const others = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])].map((other) =>
    withImage(other, specOf(pod, other.name)),
  )
  const about = eventsAbout(events, status, others).filter(
    (event) => failing.length < 2 || !isBlocking(event) || isBlocked(failure),
  )
  const changes = changesOf(index, pod)
  const logs = logsOf(index, pod, container)
  const evidence: Evidence[] = [
    ...statusEvidence(status),
    ...podStatusEvidence(pod),
    ...logs,
    ...about.map((event) => eventEvidence(event)),
    ...(spec ? [specEvidence(pod, spec, init, imageHistory(index, pod, spec.image))] : []),
    ...nodeEvidence(index, pod),
    ...changes.map((change): Evidence => ({ source: 'change', quote: changeQuote(change), change })),
  ]
  const restarts = status.restartCount ?? 0
  const revision = pod.metadata?.labels?.['pod-template-hash'] ?? pod.metadata?.labels?.['controller-revision-hash']
  return {
    object: pod,
    ...(container !== undefined && { container }),
    symptom: failure.symptom,
    evidence,
    changes,
    ...(revision !== undefined && { revision }),
    ...(failure.failedAt !== undefined && { failedAt: failure.failedAt }),
    mark: String(restarts),
    rank: (logs.length > 0 ? 4 : 0) + (status.state?.waiting?.message === undefined ? 0 : 2) + Math.min(restarts, 9) / 10,
  }
}

const isBlocking = ({ reason }: ClusterEvent) => /^FailedCreatePodSandBox$|^FailedMount$|^FailedAttachVolume$/.test(reason)

const specOf = (pod: Pod, name: string | undefined) =>
  [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])].find((spec) => spec.name === name)

const changeQuote = ({ path, before, after }: { path: string; before: string | null; after: string | null }) =>
  `${path}: ${before ?? 'absent'} -> ${after ?? 'absent'}`

/** What kubectl writes into a dump where there was no log to be had. */
const isNoLog = (text: string) =>
  text.length < 1000 &&
  /^(?:Request log error|Error from server|unable to retrieve container logs|failed to try resolving symlinks|previous terminated container)/.test(
    text.trimStart(),
  )

function logsOf(index: ClusterIndex, pod: Pod, container: string | undefined): Evidence[] {
  const { namespace = '', name = '' } = pod.metadata ?? {}
  if (container === undefined) return []
  return [true, false].flatMap((previous) => {
    const text = index.logOf(namespace, name, container, previous)
    if (text === undefined || text.trim() === '' || isNoLog(text)) return []
    return [logEvidence(container, previous, readLog(text))]
  })
}

import type { Recovery } from '../shared/events.ts'
import { identityOf } from '../shared/incident.ts'
import type { KubernetesObject } from '../shared/kubernetes.ts'
import type { Observation } from '../shared/observation.ts'
import { observe } from '../shared/observe/observe.ts'
import type { Snapshot } from '../shared/observe/snapshot.ts'
import { pause } from './back-off.ts'
import { priorities, type Budget, type Priority } from './evidence/budget.ts'
import { fetchAll, type FetchOptions } from './evidence/fetch.ts'
import { localSnapshot } from './evidence/local-snapshot.ts'
import { wantsOf, wantsOfIngress, wantsOfService, type Want } from './evidence/wants.ts'
import { healthOf, recoveredAt, recoveryOf, type Holds } from './report/recovery.ts'
import { weigh, type Reported, type Urgency } from './report/reported.ts'
import { fingerprintOf } from './report/fingerprint.ts'
import type { ClusterState } from './state/cluster-state.ts'

export interface InvestigationOptions {
  readonly cluster: string
  readonly state: ClusterState
  readonly budget: Budget
  readonly fetch: Omit<FetchOptions, 'priority' | 'budget'>
  readonly now: () => number
  readonly settings: InvestigationSettings
  /** Masks secrets before anything is made of what was seen: text that is cut afterwards cannot leave half a secret. */
  readonly redact: (snapshot: Snapshot, key: string) => Snapshot
  readonly onObservation: (observation: Observation, urgency: Urgency) => void
  readonly onRecovery: (recovery: Recovery) => void
  readonly onError: (key: string, error: unknown) => void
}

export interface InvestigationSettings extends Holds {
  /** Updates of one failure come in a row: pod, events, owner. */
  readonly gather: number
  /** Evidence that takes longer follows what is known already. */
  readonly patience: number
  readonly tick: number
  /** When something that is not ready, and says nothing, is looked at again: after its beginning, and from the last on at that distance. */
  readonly recheck: readonly number[]
}

const second = 1000
export const investigationSettings: InvestigationSettings = {
  gather: 40,
  patience: 250,
  tick: 500,
  hold: 20 * second,
  goneHold: 5 * second,
  // What `observe` gives 4, 10, 30 or 60 seconds is looked at just after them.
  recheck: [2, 5, 11, 20, 31, 62, 121, 300].map((seconds) => seconds * second),
}

export interface Investigation {
  readonly touch: (key: string, urgent: boolean) => void
  /** After the first lists: what fails already is looked at, once and in full. */
  readonly begin: () => void
  readonly stop: () => void
  readonly failing: () => readonly string[]
  /** False while what was there at the start is still being looked at. */
  readonly isSettled: () => boolean
}

interface Case {
  readonly key: string
  /** It was there when the forwarder started. */
  early: boolean
  busy: boolean
  dirty: boolean
  /** When it began: it was first touched, or failed anew. */
  since: number
  nextAt: number | undefined
  readonly reported: Map<string, Reported>
  /** Fingerprints of what is known without asking, for which the API server was asked already. */
  readonly asked: Map<string, string[]>
}

/** Looks at what was touched, takes evidence, and tells what is new, what still fails, and what has recovered. */
export function investigate(options: InvestigationOptions): Investigation {
  const { cluster, state, budget, now, settings } = options
  const cases = new Map<string, Case>()
  let begun = false
  let stopped = false

  const schedule = (item: Case, at: number) => {
    item.nextAt = Math.min(item.nextAt ?? Number.POSITIVE_INFINITY, at)
  }

  function touch(key: string, urgent: boolean): void {
    const known = cases.get(key)
    const item = known ?? {
      key,
      early: !begun,
      busy: false,
      dirty: true,
      since: now(),
      nextAt: undefined,
      reported: new Map(),
      asked: new Map(),
    }
    if (known === undefined) cases.set(key, item)
    if (urgent) item.since = now()
    if (!begun) return
    const wasDirty = known?.dirty ?? false
    item.dirty = true
    if (!wasDirty) setTimeout(() => look(item), settings.gather)
  }

  function look(item: Case): void {
    if (stopped || item.busy) return
    item.busy = true
    item.dirty = false
    item.nextAt = undefined
    void lookInto(item)
      .catch((error: unknown) => {
        options.onError(item.key, error)
        schedule(item, now() + 10 * second)
      })
      .finally(() => {
        item.busy = false
        item.early = false
        if (item.dirty) setTimeout(() => look(item), settings.gather)
        else if (item.nextAt === undefined && item.reported.size === 0) cases.delete(item.key)
      })
  }

  /** What `observe` says of this very workload or object; others in the snapshot are there to explain it. */
  function observeOwn(key: string, snapshot: Snapshot): Observation[] {
    const [kind = '', namespace = '', name = ''] = key.split('/')
    return observe(options.redact(snapshot, key), { cluster, now: new Date(now()).toISOString() })
      .filter(({ subject }) => {
        const owner = subject.workload ?? subject
        return owner.kind === kind && owner.name === name && (subject.namespace ?? '') === namespace
      })
      .map((observation) => withAllPods(state, key, observation))
  }

  async function lookInto(item: Case): Promise<void> {
    const { key } = item
    if (isOfNetwork(key) && !isSuspectedOfNoEndpoints(state, key)) {
      conclude(item, [], [])
      return
    }
    let snapshot = localSnapshot(state, key)
    const more = wantsOfNetwork(state, key, snapshot)
    if (more.length > 0) snapshot = merge(snapshot, await ask(more, priorities.changed))
    const seen = observeOwn(key, snapshot)
    const news = seen.filter((observation) => !wasAsked(item, observation))
    const due = seen.filter(
      (observation) => (item.reported.get(identityOf(observation.subject))?.repeatAt ?? Number.POSITIVE_INFINITY) <= now(),
    )
    if (news.length === 0 && due.length === 0) {
      conclude(item, seen, [])
      return
    }
    const wants = wantsOf(key, seen, snapshot)
    const isFirst = news.some(({ subject }) => !item.reported.has(identityOf(subject)))
    const priority = isFirst ? priorities.first : news.length > 0 ? priorities.changed : priorities.repeated
    const patience = budget.available() >= wants.length ? settings.patience : 0
    const asking = ask(wants, priority)
    if (isFirst && !item.early && !(await isDone(asking, patience)))
      for (const observation of news) if (!item.reported.has(identityOf(observation.subject))) report(item, observation, true)
    const fetched = await asking
    for (const observation of news) markAsked(item, observation)
    // The cluster went on while the evidence was fetched.
    const whole = merge(merge(localSnapshot(state, key), more.length > 0 ? snapshot : none), fetched)
    const last = observeOwn(key, whole)
    for (const observation of last) report(item, observation, false)
    conclude(item, last, news)
  }

  const ask = (wants: readonly Want[], priority: Priority): Promise<Snapshot> =>
    wants.length === 0 ? Promise.resolve(none) : fetchAll(wants, { ...options.fetch, budget, priority })

  function report(item: Case, observation: Observation, partial: boolean): void {
    const identity = identityOf(observation.subject)
    const { reported, send } = weigh(item.reported.get(identity), observation, { partial, identity, now: now() })
    item.reported.set(identity, reported)
    if (send !== undefined) options.onObservation(send.observation, send.urgency)
  }

  /** What is not seen any more has recovered, when it has stayed so; what still is will be told again later. */
  function conclude(item: Case, seen: readonly Observation[], news: readonly Observation[]): void {
    const at = now()
    const identities = new Set([...seen, ...news].map(({ subject }) => identityOf(subject)))
    for (const [identity, reported] of item.reported) {
      if (identities.has(identity)) {
        if (reported.clearSince !== undefined) item.reported.set(identity, { ...reported, clearSince: undefined })
        schedule(item, reported.repeatAt)
        continue
      }
      // First the workload as a whole was seen to be stuck, and now which container it is.
      const isSuperseded = reported.subject.container === undefined && seen.some(({ subject }) => subject.container !== undefined)
      const { well, reason } = isSuperseded ? { well: true, reason: 'superseded' as const } : healthOf(state, item.key)
      if (!well) {
        if (reported.clearSince !== undefined) item.reported.set(identity, { ...reported, clearSince: undefined })
        schedule(item, at + 5 * second)
        continue
      }
      const clearSince = reported.clearSince ?? at
      const recovered = recoveredAt(state, item.key, reported, clearSince, settings, reason)
      if (at >= recovered) {
        item.reported.delete(identity)
        item.asked.clear()
        options.onRecovery(recoveryOf(state, item.key, reported, reason, new Date(at).toISOString()))
      } else {
        item.reported.set(identity, { ...reported, clearSince })
        schedule(item, recovered)
      }
    }
    // A loop that has not failed again yet must be seen when it does nothing: `observe` judges by the time.
    if (item.reported.size === 0 && isUnsettled(state, item.key)) schedule(item, nextLook(item, at))
    else if (seen.length > 0) schedule(item, Math.max(nextLook(item, at), at + 10 * second))
  }

  /** Counted from its beginning, so that updates in a row do not use up the early looks. */
  function nextLook({ since }: Case, at: number): number {
    const next = settings.recheck.find((after) => since + after > at)
    return next === undefined ? at + (settings.recheck.at(-1) ?? 0) : since + next
  }

  const timer = setInterval(() => {
    const at = now()
    for (const item of cases.values()) if (item.nextAt !== undefined && item.nextAt <= at && !item.busy) look(item)
  }, settings.tick)

  return {
    touch,
    begin: () => {
      begun = true
      for (const item of cases.values()) look(item)
    },
    stop: () => {
      stopped = true
      clearInterval(timer)
    },
    failing: () => [...cases.values()].flatMap(({ reported }) => [...reported.keys()]),
    isSettled: () => begun && ![...cases.values()].some(({ early }) => early),
  }
}

const none: Snapshot = { objects: [], logs: [] }
const merge = (a: Snapshot, b: Snapshot): Snapshot => ({ objects: [...a.objects, ...b.objects], logs: [...a.logs, ...b.logs] })

async function isDone(asking: Promise<unknown>, patience: number): Promise<boolean> {
  const controller = new AbortController()
  const done = await Promise.race([asking.then(() => true), pause(patience, controller.signal).then(() => false)])
  controller.abort()
  return done
}

const askedLimit = 16

function wasAsked({ asked }: Case, observation: Observation): boolean {
  return asked.get(identityOf(observation.subject))?.includes(fingerprintOf(observation)) ?? false
}

function markAsked({ asked }: Case, observation: Observation): void {
  const identity = identityOf(observation.subject)
  asked.set(identity, [...(asked.get(identity) ?? []), fingerprintOf(observation)].slice(-askedLimit))
}

/** At most three pods of a workload are looked at in full; the others that are in trouble are counted. */
function withAllPods(state: ClusterState, key: string, observation: Observation): Observation {
  const troubled = state.pods.ofRoot(key).filter(({ glance: { trouble, signature } }) => {
    if (trouble !== 'failing') return false
    const { container } = observation.subject
    return container === undefined || signature.includes(`${container}:`) || !signature.includes(':')
  }).length
  return troubled > observation.affectedPods && observation.affectedPods > 0
    ? { ...observation, affectedPods: troubled }
    : observation
}

function isUnsettled(state: ClusterState, key: string): boolean {
  const kind = key.slice(0, key.indexOf('/'))
  const standing = state.standing(key)
  if (kind === 'CronJob') return standing !== undefined
  if (isOfNetwork(key)) return isSuspectedOfNoEndpoints(state, key)
  if (kind === 'Job' && standing?.done === true) return false
  return standing?.well === false || state.pods.ofRoot(key).some(({ glance }) => glance.trouble !== 'none')
}

interface Backends {
  readonly defaultBackend?: Backend
  readonly rules?: readonly { readonly http?: { readonly paths?: readonly { readonly backend?: Backend }[] } }[]
}
interface Backend {
  readonly service?: { readonly name?: string }
}

interface ServiceSpec {
  readonly selector?: Readonly<Record<string, string>> | null
  readonly type?: string
  readonly ports?: readonly unknown[]
}

function isSuspectedOfNoEndpoints(state: ClusterState, key: string): boolean {
  const object = state.object(key)
  if (object === undefined) return false
  if (object.kind === 'Service') {
    const { selector, type, ports = [] } = (object.spec ?? {}) as ServiceSpec
    if (type === 'ExternalName' || ports.length === 0) return false
    return Object.keys(selector ?? {}).length > 0 && state.readyEndpoints(key) === 0
  }
  return servicesOf(object).some((service) => state.object(service) === undefined || state.readyEndpoints(service) === 0)
}

function servicesOf({ spec, metadata }: KubernetesObject): string[] {
  const { defaultBackend, rules } = (spec ?? {}) as Backends
  const backends = [defaultBackend, ...(rules ?? []).flatMap(({ http }) => (http?.paths ?? []).map(({ backend }) => backend))]
  return backends.flatMap((backend) =>
    backend?.service?.name === undefined ? [] : [`Service/${metadata?.namespace ?? ''}/${backend.service.name}`],
  )
}

const isOfNetwork = (key: string) => key.startsWith('Service/') || key.startsWith('Ingress/')

/** Services and Ingresses are judged by objects that are not kept. */
function wantsOfNetwork(state: ClusterState, key: string, { objects }: Snapshot): Want[] {
  const object = isOfNetwork(key) ? state.object(key) : undefined
  if (object === undefined) return []
  if (object.kind === 'Ingress') return wantsOfIngress(object)
  // Its pods fail: that is the cause, and it is told of them.
  return objects.some(({ kind }) => kind === 'Pod') ? [] : wantsOfService(object)
}

import type { KubernetesObject } from '../../shared/kubernetes.ts'
import { toClusterEvent, type ClusterEvent } from '../../shared/observe/cluster-event.ts'
import { normalise } from '../normalise.ts'

export interface EventRing {
  /** Undefined for an event that says nothing new worth a look. */
  readonly add: (
    object: KubernetesObject,
  ) => { readonly event: ClusterEvent; readonly key: string; readonly isNews: boolean } | undefined
  readonly of: (key: string) => readonly KubernetesObject[]
  /** Drops those of an object that was deleted. */
  readonly drop: (key: string) => void
  /** Drops the harmless ones of an object that is well. */
  readonly calm: (key: string) => void
  readonly forget: (before: number) => void
  readonly size: () => number
  /** The objects of which an event says this. */
  readonly mentioning: (text: string) => readonly string[]
}

interface Kept {
  readonly uid: string
  readonly text: string
  readonly warning: boolean
  readonly sign: string
  at: number
}

/** One object's events beyond this many say the same again. */
const perObject = 12
const objectLimit = 20_000

export const objectKey = (kind: string, namespace: string | undefined, name: string) => `${kind}/${namespace ?? ''}/${name}`

/**
 * Keeps the latest events of each object, cut to what a diagnosis reads, as text: parsed objects would take five times the room.
 * Normal events are kept for objects that are not known to be well (`isWell`): what a kubelet said while a pod started is evidence.
 */
export function eventRing(isWell: (event: ClusterEvent) => boolean): EventRing {
  const rings = new Map<string, Kept[]>()

  function add(object: KubernetesObject): ReturnType<EventRing['add']> {
    const event = toClusterEvent(object)
    if (event === undefined) return undefined
    const warning = event.type === 'Warning'
    if (!warning && isWell(event)) return undefined
    const { kind, namespace, name } = event.involved
    const key = objectKey(kind, clusterWide.has(kind) ? undefined : namespace, name)
    const sign = `${event.reason}:${event.container ?? ''}:${normalise(event.message)}`
    const uid = object.metadata?.uid ?? object.metadata?.name ?? ''
    const ring = rings.get(key) ?? []
    const isNews = !ring.some((kept) => kept.sign === sign)
    const at = Date.parse(event.lastAt ?? '') || 0
    const next = ring.filter((kept) => kept.uid !== uid)
    next.push({ uid, text: JSON.stringify(cut(object)), warning, sign, at })
    if (next.length > perObject) next.splice(victim(next), 1)
    rings.delete(key)
    rings.set(key, next)
    if (rings.size > objectLimit) rings.delete(rings.keys().next().value ?? '')
    return { event, key, isNews }
  }

  return {
    add,
    of: (key) => (rings.get(key) ?? []).map(({ text }) => JSON.parse(text) as KubernetesObject),
    drop: (key) => {
      rings.delete(key)
    },
    calm: (key) => {
      const ring = rings.get(key)
      if (ring === undefined) return
      const warnings = ring.filter(({ warning }) => warning)
      if (warnings.length === 0) rings.delete(key)
      else rings.set(key, warnings)
    },
    forget: (before) => {
      for (const [key, ring] of rings) {
        const kept = ring.filter(({ at }) => at >= before)
        if (kept.length === 0) rings.delete(key)
        else if (kept.length < ring.length) rings.set(key, kept)
      }
    },
    size: () => rings.size,
    mentioning: (text) => [...rings].flatMap(([key, ring]) => (ring.some((kept) => kept.text.includes(text)) ? [key] : [])),
  }
}

const clusterWide = new Set(['Node', 'PersistentVolume', 'Namespace', 'StorageClass'])

/** The oldest harmless one, else the oldest. */
function victim(ring: readonly Kept[]): number {
  const harmless = ring.findIndex(({ warning }) => !warning)
  return Math.max(0, harmless)
}

function cut(object: KubernetesObject): object {
  const event = object as KubernetesObject & Record<string, unknown>
  const { name, namespace, uid, creationTimestamp } = event.metadata ?? {}
  const kept: Record<string, unknown> = { kind: 'Event', metadata: { name, namespace, uid, creationTimestamp } }
  for (const field of fields) if (event[field] !== undefined && event[field] !== null) kept[field] = event[field]
  const message = kept['message'] ?? kept['note']
  if (typeof message === 'string' && message.length > 4_000)
    kept['message'] = `${message.slice(0, 2_000)} … ${message.slice(-1_900)}`
  return kept
}
const fields = [
  'reason',
  'type',
  'message',
  'note',
  'count',
  'deprecatedCount',
  'series',
  'firstTimestamp',
  'lastTimestamp',
  'eventTime',
  'source',
  'reportingComponent',
  'involvedObject',
  'regarding',
]

import { createHash } from 'node:crypto'
import type { Change, Evidence } from '../evidence.ts'
import type { KubernetesObject } from '../kubernetes.ts'
import type { Observation } from '../observation.ts'
import type { Subject } from '../subject.ts'
import type { ClusterIndex } from './cluster-index.ts'
import type { ObserveOptions } from './observer.ts'

/** One object (or one container of one pod) that was seen failing; several of the same workload and container become one observation. */
export interface Sighting {
  readonly object: KubernetesObject
  readonly container?: string
  /** Where the root of the object's owners is not the workload that is to be named. */
  readonly workload?: { readonly kind: string; readonly name: string }
  readonly symptom: string
  /** The evidence that matters most first: what does not fit is cut from the end. */
  readonly evidence: readonly Evidence[]
  readonly changes?: readonly Change[]
  readonly revision?: string
  readonly failedAt?: string
  /** What tells this failure from an earlier one of the same object, such as the restart count. */
  readonly mark?: string
  /** Of several pods that show it, the one with the highest rank gives the evidence. */
  readonly rank?: number
}

/** Makes observations of sightings: one per workload (or object) and container, however many pods show it. */
export function toObservations(index: ClusterIndex, options: ObserveOptions, sightings: readonly Sighting[]): Observation[] {
  const groups = new Map<string, Sighting[]>()
  for (const sighting of sightings) {
    const subject = subjectOf(index, options, sighting)
    const { kind, name } = subject.workload ?? subject
    const key = JSON.stringify([subject.namespace, kind, name, subject.container])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [sighting])
    else group.push(sighting)
  }
  return [...groups.values()].map((group) => toObservation(index, options, group))
}

function toObservation(index: ClusterIndex, options: ObserveOptions, group: readonly Sighting[]): Observation {
  const [first, ...others] = [...group].sort((a, b) => (b.rank ?? 0) - (a.rank ?? 0)) as [Sighting, ...Sighting[]]
  const subject = subjectOf(index, options, first)
  const pods = [...new Set([first, ...others].filter(isOfPod).map(({ object }) => object.metadata?.name ?? ''))]
  const seen = [subject, first.symptom, first.mark ?? '', first.evidence[0]?.quote ?? '']
  return {
    schema: 1,
    id: `obs_${createHash('sha256').update(JSON.stringify(seen)).digest('hex').slice(0, 24)}`,
    cluster: options.cluster,
    observedAt: options.now,
    ...(first.failedAt !== undefined && { failedAt: first.failedAt }),
    subject,
    symptom: first.symptom,
    affectedPods: pods.length,
    pods: pods.slice(0, 3),
    ...(first.revision !== undefined && { revision: first.revision }),
    evidence: fit(first.evidence),
    changes: (first.changes ?? []).slice(0, 30).map(cutChange),
  }
}

const isOfPod = ({ object }: Sighting) => object.kind === 'Pod'

function subjectOf(index: ClusterIndex, { cluster }: ObserveOptions, { object, container, workload }: Sighting): Subject {
  const root = workload ?? index.rootOf(object)
  const { namespace, name = '', uid } = object.metadata ?? {}
  return {
    cluster,
    kind: object.kind ?? 'Pod',
    ...(namespace !== undefined && { namespace }),
    name,
    ...(uid !== undefined && { uid }),
    ...(container !== undefined && { container }),
    ...(root !== undefined && { workload: root }),
  }
}

/** EventBridge bills by 64 KB; what is left of it is for the envelope, the subject and the changes. */
const evidenceBudget = 48_000
const quoteLimit = 4_000
const lineLimit = 1_000

/** Cuts long quotes in the middle, and leaves out what stands last when the whole would not fit. */
function fit(evidence: readonly Evidence[]): Evidence[] {
  const fitting: Evidence[] = []
  let left = evidenceBudget
  for (const piece of evidence) {
    const cut = cutEvidence(piece)
    const size = Buffer.byteLength(JSON.stringify(cut))
    if (size > left) continue
    left -= size
    fitting.push(cut)
  }
  return fitting
}

function cutEvidence(piece: Evidence): Evidence {
  const quote = shorten(piece.quote, quoteLimit)
  if (piece.source === 'log') return { ...piece, quote: shorten(quote, lineLimit), lines: piece.lines.slice(0, 60).map(cutLine) }
  if (piece.source === 'status' && piece.message !== undefined)
    return { ...piece, quote, message: shorten(piece.message, quoteLimit) }
  return quote === piece.quote ? piece : { ...piece, quote }
}

const cutLine = (line: string) => shorten(line, lineLimit)
const cutValue = (value: string | null) => (value === null ? null : shorten(value, 200))
const cutChange = ({ path, before, after }: Change): Change => ({
  path: shorten(path, 200),
  before: cutValue(before),
  after: cutValue(after),
})

/** Cuts a text in the middle: wrapped errors say what was tried at their beginning, and what was wrong at their end. */
function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text
  const half = Math.floor((limit - 3) / 2)
  return `${text.slice(0, half)} … ${text.slice(-half)}`
}

/**
 * How many observations are diagnosed per second on one core, and how long the slowest takes; beside it what JSON.parse needs for
 * the same observations, so that figures of different machines can be compared.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readDump } from '../cli/input/dump.ts'
import { diagnose } from '../shared/diagnose.ts'
import type { KubernetesObject } from '../shared/kubernetes.ts'
import type { Observation } from '../shared/observation.ts'
import { observe } from '../shared/observe/observe.ts'
import type { Snapshot } from '../shared/observe/snapshot.ts'

const corpus = join(import.meta.dirname, '../../shared/corpus/dev.jsonl')
const recordings = join(import.meta.dirname, '../test/fixtures/recordings')
const now = '2026-01-01T01:00:00.000Z'

interface CorpusCase {
  readonly pod?: KubernetesObject
  readonly objects?: readonly KubernetesObject[]
  readonly events?: readonly Record<string, unknown>[]
  readonly logs?: Readonly<Record<string, string>>
}

function snapshotOf({ pod, objects = [], events = [], logs = {} }: CorpusCase): Snapshot {
  const metadata = { namespace: 'default', ...pod?.metadata }
  const involvedObject = { kind: 'Pod', namespace: metadata.namespace, name: metadata.name }
  return {
    objects: [
      ...(pod === undefined ? [] : [{ ...pod, kind: 'Pod', metadata }]),
      ...objects,
      ...events.map((event) => ({
        kind: 'Event',
        type: 'Warning',
        count: 1,
        lastTimestamp: '2026-01-01T00:59:00Z',
        involvedObject,
        ...event,
      })),
    ],
    logs: Object.entries(logs).map(([container, text]) => ({
      namespace: metadata.namespace,
      pod: metadata.name ?? '',
      container,
      previous: false,
      text,
    })),
  }
}

function observations(): readonly Observation[] {
  const snapshots = existsSync(corpus)
    ? readFileSync(corpus, 'utf8')
        .trim()
        .split('\n')
        .map((line) => snapshotOf(JSON.parse(line) as CorpusCase))
    : readdirSync(recordings).map((name) => readDump(join(recordings, name)).snapshot)
  return snapshots.flatMap((snapshot) => observe(snapshot, { cluster: 'bench', now }))
}

/** One observation whose container has written a line of a megabyte. */
function ofMegabyteLine(): Observation[] {
  const line = `Error: could not read the configuration ${'because the value "x" is invalid, '.repeat(31_000)}`
  return observe(
    snapshotOf({
      pod: {
        metadata: { name: 'loud', namespace: 'bench' },
        status: {
          containerStatuses: [
            {
              name: 'app',
              restartCount: 5,
              state: { waiting: { reason: 'CrashLoopBackOff' } },
              lastState: { terminated: { exitCode: 1, reason: 'Error' } },
            },
          ],
        },
      },
      logs: { app: line },
    }),
    { cluster: 'bench', now },
  )
}

const milliseconds = (act: () => unknown): number => {
  const from = performance.now()
  act()
  return performance.now() - from
}

/** How often `act` runs over all inputs within a second, and the slowest of them at its best run. */
function measure<T>(inputs: readonly T[], act: (input: T) => unknown): { readonly perSecond: number; readonly slowest: number } {
  const best = inputs.map(() => Infinity)
  const round = (): number =>
    inputs.reduce((spent, input, at) => {
      const took = milliseconds(() => act(input))
      best[at] = Math.min(best[at] ?? took, took)
      return spent + took
    }, 0)
  // The first rounds warm up the compiler and are not counted.
  round()
  const rounds = Math.max(2, Math.ceil(2_000 / round()))
  const spent = Array.from({ length: rounds }, round).reduce((sum, took) => sum + took, 0)
  return { perSecond: Math.round(((rounds * inputs.length) / spent) * 1_000), slowest: Math.max(...best) }
}

const all = observations()
const texts = all.map((observation) => JSON.stringify(observation))
const [diagnosed, parsed, long] = [
  measure(all, (one) => diagnose(one)),
  measure(texts, (text) => JSON.parse(text)),
  measure([0], () => ofMegabyteLine().map((one) => diagnose(one))),
]

console.log(
  `${all.length} observations from ${existsSync(corpus) ? 'the corpus' : 'the recorded fixtures'}, ${Math.round(texts.join('').length / texts.length)} characters each`,
)
console.log(`diagnose             ${diagnosed.perSecond} per second, the slowest ${diagnosed.slowest.toFixed(2)} ms`)
console.log(`JSON.parse of them   ${parsed.perSecond} per second, the slowest ${parsed.slowest.toFixed(2)} ms`)
console.log(`a line of 1 MB       ${long.slowest.toFixed(2)} ms, read, observed and diagnosed`)

import type { AnyClue, Case } from '../cause.ts'

interface Wanted {
  readonly kinds: readonly string[]
  /** Said of the pod by the kubelet that refused it, in its status or an event. */
  readonly refusal?: RegExp
}

/** Clues for one of the scheduler's reasons: as the one that decides, as one of several, and as the kubelet's refusal. */
export function predicateClues({ kinds, refusal }: Wanted): readonly AnyClue[] {
  const isOf = (predicate: string | undefined) => predicate !== undefined && kinds.includes(predicate)
  return [
    {
      source: 'object',
      reason: ['Unschedulable'],
      confidence: 'certain',
      weight: 64,
      when: ({ facts }, { evidence }) =>
        facts['decides'] === 'yes' &&
        isOf(facts['predicate']) &&
        !evidence.some(
          (other) => other.source === 'object' && other.facts['decides'] === 'no' && other.facts['predicate'] !== 'other',
        ),
    },
    {
      source: 'object',
      reason: ['Unschedulable'],
      confidence: 'likely',
      weight: 64,
      when: ({ facts }) => facts['decides'] === 'yes' && isOf(facts['predicate']),
    },
    {
      source: 'object',
      reason: ['Unschedulable'],
      confidence: 'possible',
      weight: 30,
      when: ({ facts }) => facts['decides'] === 'no' && isOf(facts['predicate']),
    },
    ...(refusal === undefined ? [] : [refused(refusal)]),
  ]
}

const refused = (text: RegExp): AnyClue => ({
  source: 'status',
  text,
  confidence: 'certain',
  weight: 62,
  when: ({ state }) => state === 'phase',
})

/** `3 of 5 nodes`, as far as the scheduler counted. */
export function countOf({ facts: { nodes, total } }: Case): string {
  if (nodes === undefined) return total === undefined ? 'no node' : `none of ${total} nodes`
  return total === undefined ? `${nodes} ${nodes === '1' ? 'node' : 'nodes'}` : `${nodes} of ${total} nodes`
}

/** The nodes that are left for the pod, with the verb: `the 2 nodes (of 5) that it could use have`. */
export function suited({ facts: { nodes, total } }: Case, one: string, many: string): string {
  if (nodes === undefined) return `every node that it could use ${one}`
  if (nodes === total) return nodes === '1' ? `the only node ${one}` : `all ${nodes} nodes ${many}`
  const of = total === undefined ? '' : ` (of ${total})`
  return nodes === '1' ? `the one node${of} that it could use ${one}` : `the ${nodes} nodes${of} that it could use ${many}`
}

/** What keeps the pod off the other nodes, in one sentence; empty where nothing else does. */
export function besides({ observation }: Case): string {
  const others = observation.evidence.flatMap((piece) =>
    piece.source === 'object' && piece.reason === 'Unschedulable' && piece.facts['decides'] === 'no' ? [piece.facts] : [],
  )
  if (others.length === 0) return ''
  const texts = others.map(
    ({ predicate = 'other', nodes, detail }) =>
      `${nodes === undefined ? '' : `${nodes} `}by ${names[predicate] ?? 'other reasons'}${detail === undefined ? '' : ` (${detail})`}`,
  )
  return ` The other nodes are ruled out: ${texts.join(', ')}.`
}

const names: Readonly<Record<string, string>> = {
  cpu: 'CPU',
  memory: 'memory',
  pods: 'their number of pods',
  resource: 'a resource',
  taint: 'taints',
  selector: 'the node selector',
  affinity: 'pod affinity',
  port: 'the host port',
  cordoned: 'a cordon',
  'not-ready': 'not being ready',
  pressure: 'pressure',
  'volume-zone': 'the place of the volume',
}

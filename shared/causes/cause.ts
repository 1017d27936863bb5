import type { Confidence, Family, Remedy, Severity } from '../diagnosis.ts'
import type { Evidence, EvidenceOf, EvidenceSource } from '../evidence.ts'
import type { Observation } from '../observation.ts'

/**
 * A sign that speaks for a cause. It is looked for in the evidence of its `source`, and holds when everything it names holds.
 * Named groups of `text` become facts of the case, for the explanation and the remedies.
 */
export interface Clue<S extends EvidenceSource = EvidenceSource> {
  readonly source: S
  /** The reason of the event, condition or container state: one of these, exactly. */
  readonly reason?: readonly string[]
  /** Looked for in the evidence's text (a log: line by line). Linear-time: no nested or adjoining unbounded repetitions. */
  readonly text?: RegExp
  /** The text must not match this. */
  readonly unless?: RegExp
  /** Of a log only the line that explains it counts, and only where that is no mere note. */
  readonly decisive?: boolean
  /** What neither reason nor text can say, from the evidence's typed fields and from the whole observation; an object gives further facts. */
  readonly when?: (evidence: EvidenceOf<S>, all: Observation) => boolean | Facts
  readonly confidence: Confidence
  /** How much this sign outweighs others, 0 to 100: the deeper cause over its symptom, the specific over the general. */
  readonly weight: number
}

/** A clue with its source bound, so that `when` knows the type of its evidence. */
export type AnyClue = { [S in EvidenceSource]: Clue<S> }[EvidenceSource]

export type Facts = Readonly<Record<string, string>>

/** What explanations and remedies are written from. */
export interface Case {
  readonly observation: Observation
  /** Named groups of the winning clue, and what observe put in its evidence. */
  readonly facts: Facts
  /** The evidence of the winning clue, the line itself for a log. */
  readonly quote: string
  readonly evidence: Evidence
  /** The container's spec, where there is one. */
  readonly spec: EvidenceOf<'spec'> | undefined
}

/** One root cause: plain data, listed in docs/causes.md as it stands here. */
export interface Cause {
  /** The public name: in events, in the API, in alerts. */
  readonly code: string
  readonly family: Family
  readonly title: string
  readonly severity: Severity
  /** Where a case of it weighs less than the cause does as a rule. */
  readonly severityIn?: (given: Case) => Severity | undefined
  /** One sentence: what is wrong. */
  readonly meaning: string
  /** How we know, for the reader of the catalogue. */
  readonly knownBy: readonly string[]
  readonly clues: readonly AnyClue[]
  /** Two to four sentences with the facts of this case. */
  readonly explain: (given: Case) => string
  /** What to do, the likeliest first; commands name this very object. */
  readonly remedies: (given: Case) => readonly Remedy[]
  /** What failures of this cause may share within a cluster, such as the registry: they are told together. */
  readonly factor?: (given: Case) => string | undefined
}

/** A cause as the API and the command line give it: without its clues and its functions. */
export const describeCause = ({ code, family, title, severity, meaning, knownBy }: Cause) => ({
  code,
  family,
  title,
  severity,
  meaning,
  knownBy,
})

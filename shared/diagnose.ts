import type { AnyClue, Case, Cause, Facts } from './causes/cause.ts'
import { catalogue, unexplained } from './causes/catalogue.ts'
import type { Confidence, Diagnosis, Quote } from './diagnosis.ts'
import type { Evidence, EvidenceOf, EvidenceSource } from './evidence.ts'
import type { Observation } from './observation.ts'
import { levelOf } from './observe/logs/level.ts'
import { candidatesIn, fingerprintOf, firstMatch, type Fingerprint } from './patterns/search.ts'

interface Match {
  readonly cause: Cause
  readonly clue: AnyClue
  readonly evidence: Evidence
  readonly quote: string
  readonly facts: Facts
  readonly weight: number
  readonly confidence: Confidence
}

/**
 * Names the root cause of an observation: the cause whose strongest clue outweighs all others. What nothing explains is
 * reported as it is.
 */
export function diagnose(observation: Observation, causes: readonly Cause[] = catalogue): Diagnosis {
  const bySource = Map.groupBy(observation.evidence, ({ source }) => source)
  const matches = causes.flatMap((cause) => strongest(cause, observation, bySource) ?? []).sort((a, b) => b.weight - a.weight)
  const [best] = matches
  if (best === undefined) return write(unexplained, undefined, [], observation)
  return write(best.cause, best, matches.slice(1), observation)
}

/** The heaviest match of the cause. */
function strongest(
  cause: Cause,
  observation: Observation,
  bySource: ReadonlyMap<EvidenceSource, readonly Evidence[]>,
): Match | undefined {
  let best: Match | undefined
  for (const clue of cause.clues) {
    if (best !== undefined && clue.weight + loudest <= best.weight) continue
    for (const evidence of bySource.get(clue.source) ?? []) {
      const held = hold(clue, evidence, observation)
      if (held === undefined) continue
      const match: Match = { cause, clue, evidence, ...held, ...weightOf(clue, evidence, held.quote) }
      if (best === undefined || match.weight > best.weight) best = match
    }
  }
  return best
}

/** By how much the line that explains a log outweighs the others. */
const loudest = 8

/** What stands in the line that explains the log weighs more; what a program merely mentions on its way weighs less. */
function weightOf({ weight, confidence }: AnyClue, evidence: Evidence, line: string): Pick<Match, 'weight' | 'confidence'> {
  if (evidence.source !== 'log') return { weight, confidence }
  const quiet = isQuiet(line)
  const explains = line === evidence.quote
  return {
    weight: weight + (explains ? (quiet ? 0 : loudest) : quiet ? -14 : 0),
    confidence: quiet || (!explains && confidence === 'certain') ? lower(confidence) : confidence,
  }
}

/** A line that its program does not call an error. */
function isQuiet(line: string): boolean {
  const level = levelOf(line)
  return level === 'info' || level === 'debug' || level === 'warning'
}

const lower = (confidence: Confidence): Confidence => (confidence === 'certain' ? 'likely' : 'possible')

function hold(clue: AnyClue, evidence: Evidence, observation: Observation): { quote: string; facts: Facts } | undefined {
  if (
    clue.reason !== undefined &&
    !('reason' in evidence && evidence.reason !== undefined && clue.reason.includes(evidence.reason))
  )
    return undefined
  const found = find(clue, evidence)
  if (found === undefined) return undefined
  // Evidence and clue are of one source; the compiler cannot follow that through the union of clues.
  const when = clue.when as ((evidence: Evidence, all: Observation) => boolean | Facts) | undefined
  const more = when?.(evidence, observation) ?? true
  if (more === false) return undefined
  return { quote: found.quote, facts: { ...factsOf(evidence), ...found.groups, ...(more === true ? {} : more) } }
}

function find({ text, unless, decisive = false }: AnyClue, evidence: Evidence): { quote: string; groups: Facts } | undefined {
  const print = printOf(evidence)
  const wanted = text && candidatesIn(print, text)
  if (wanted?.length === 0) return undefined
  const unwanted = unless === undefined ? [] : candidatesIn(print, unless)
  for (const line of evidence.source === 'log' && !decisive ? mostTelling(evidence) : [evidence.quote]) {
    if (decisive && isQuiet(line)) continue
    if (wanted === undefined) {
      if (firstMatch(unwanted, line) === undefined) return { quote: evidence.quote, groups: {} }
      continue
    }
    const match = firstMatch(wanted, line)
    if (match !== undefined && firstMatch(unwanted, line) === undefined)
      return { quote: line, groups: definedOf(match.groups ?? {}) }
  }
  return undefined
}

const prints = new WeakMap<Evidence, Fingerprint>()

/** Most patterns match nowhere in a piece of evidence; its fingerprint tells so without looking through it. */
function printOf(evidence: Evidence): Fingerprint {
  const before = prints.get(evidence)
  if (before !== undefined) return before
  const print = fingerprintOf(evidence.source === 'log' ? [evidence.quote, ...evidence.lines].join('\n') : evidence.quote)
  prints.set(evidence, print)
  return print
}

/** The line that explains first, then the latest first: what came before a failure is deeper than what came long before it. */
const mostTelling = ({ lines, quote }: EvidenceOf<'log'>): readonly string[] => [quote, ...lines.toReversed()]

const factsOf = (evidence: Evidence): Facts => ('facts' in evidence ? evidence.facts : {})
const definedOf = (groups: Record<string, string | undefined>): Facts =>
  Object.fromEntries(Object.entries(groups).filter((entry): entry is [string, string] => entry[1] !== undefined))

function write(cause: Cause, match: Match | undefined, others: readonly Match[], observation: Observation): Diagnosis {
  const evidence = match?.evidence ?? observation.evidence[0]
  const spec = observation.evidence.find((e) => e.source === 'spec')
  const given: Case | undefined = evidence && {
    observation,
    facts: match?.facts ?? {},
    quote: match?.quote ?? evidence.quote,
    evidence,
    spec,
  }
  const confidence: Confidence = match?.confidence ?? 'possible'
  const factor = given && cause.factor?.(given)
  return {
    cause: cause.code,
    family: cause.family,
    title: cause.title,
    explanation: given ? cause.explain(given) : cause.meaning,
    severity: (given && cause.severityIn?.(given)) ?? cause.severity,
    confidence,
    symptom: symptomOf(observation.symptom, spec?.init ?? false),
    subject: observation.subject,
    evidence: quotesOf(match, observation),
    changes: observation.changes,
    remedies: given ? [...cause.remedies(given)] : [],
    alternatives: alternativesOf(match, others),
    affectedPods: observation.affectedPods,
    ...(factor !== undefined && { factor }),
  }
}

/** What else the evidence could mean; signs that are far weaker than the winner's are no alternatives. */
const alternativesOf = (best: Match | undefined, others: readonly Match[]): Diagnosis['alternatives'] =>
  others
    .filter(({ weight }) => best !== undefined && weight >= best.weight - 35)
    .slice(0, 3)
    .map(({ cause: { code }, confidence }) => ({ cause: code, confidence }))

/** As kubectl shows it in the column STATUS. */
const symptomOf = (symptom: string, init: boolean): string =>
  init && symptom !== 'PodInitializing' ? `Init:${symptom}` : symptom

/** The evidence that carries the diagnosis first, then what else was seen and says more than that. */
function quotesOf(match: Match | undefined, { evidence }: Observation): Quote[] {
  const quotes: Quote[] = match ? [quoteOf(match.evidence, match.quote)] : []
  for (const piece of evidence) {
    if (piece === match?.evidence || !isTelling(piece) || quotes.some(({ quote }) => quote.includes(piece.quote))) continue
    quotes.push(quoteOf(piece, piece.quote))
  }
  return quotes
}

const quoteOf = ({ source, at }: Evidence, quote: string): Quote => ({ source, quote, ...(at !== undefined && { at }) })

/** The manifest, the node without trouble and the ordinary steps of a pod are there for the rules, not for the reader. */
function isTelling(piece: Evidence): boolean {
  if (piece.source === 'spec' || piece.quote === '') return false
  if (piece.source === 'node') return piece.reason !== undefined
  return (
    piece.source !== 'event' || piece.type === 'Warning' || !/^(?:Pulling|Pulled|Created|Started|Scheduled)$/.test(piece.reason)
  )
}

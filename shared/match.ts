import type { AnyClue, Cause, Facts } from './causes/cause.ts'
import type { Confidence } from './diagnosis.ts'
import type { Evidence, EvidenceOf, EvidenceSource } from './evidence.ts'
import type { Observation } from './observation.ts'
import { levelOf } from './observe/logs/level.ts'
import { candidatesIn, fingerprintOf, firstMatch, indexOf, type PatternIndex } from './patterns/search.ts'

/** The strongest sign that speaks for a cause. */
export interface Match {
  readonly cause: Cause
  readonly clue: AnyClue
  readonly evidence: Evidence
  readonly quote: string
  readonly facts: Facts
  readonly weight: number
  readonly confidence: Confidence
}

/** What the evidence speaks for, the heaviest first; of each cause its strongest sign. */
export function matchesOf(observation: Observation, causes: readonly Cause[]): readonly Match[] {
  const bySource = Map.groupBy(observation.evidence, ({ source }) => source)
  const candidates = candidatesFor(causes)
  return causes.flatMap((cause) => strongest(cause, observation, bySource, candidates) ?? []).sort((a, b) => b.weight - a.weight)
}

/** The heaviest match of a cause. */
function strongest(
  cause: Cause,
  observation: Observation,
  bySource: ReadonlyMap<EvidenceSource, readonly Evidence[]>,
  candidates: Candidates,
): Match | undefined {
  let best: Match | undefined
  for (const clue of cause.clues) {
    if (best !== undefined && clue.weight + loudest <= best.weight) continue
    for (const evidence of bySource.get(clue.source) ?? []) {
      const held = hold(clue, evidence, observation, candidates)
      if (held === undefined) continue
      const { quote, facts } = held
      const match: Match = { cause, clue, evidence, quote, facts, ...weightOf(clue, evidence, held) }
      if (best === undefined || match.weight > best.weight) best = match
    }
  }
  return best
}

/** By how much the line that explains a log outweighs the others. */
const loudest = 8

/** What stands in the line that explains the log weighs more; what a program merely mentions on its way weighs less. */
function weightOf(
  { weight, confidence }: AnyClue,
  evidence: Evidence,
  { quote: line, advice }: { readonly quote: string; readonly advice: boolean },
): Pick<Match, 'weight' | 'confidence'> {
  if (evidence.source !== 'log') return { weight, confidence }
  const quiet = isQuiet(line)
  const explains = line === evidence.quote
  return {
    weight: weight + (explains ? (quiet ? 0 : loudest) : quiet ? -14 : 0) - (advice ? loudest : 0),
    confidence: quiet || (!explains && confidence === 'certain') ? lower(confidence) : confidence,
  }
}

const advises =
  /[.!?] (?:Check|Please|Make sure|Ensure|See|Try|Consider|Perhaps|Maybe|Did you|Are you|Is the|Verify|Refer|If you)\b/

/** What follows an error as advice names what might be, not what is. */
function isAdvice(line: string, at: number): boolean {
  const from = advises.exec(line)?.index
  return from !== undefined && at > from
}

/** A line that its program does not call an error. */
function isQuiet(line: string): boolean {
  const level = levelOf(line)
  return level === 'info' || level === 'debug' || level === 'warning'
}

/** Notes speak for nothing that only the explaining line may say, and what a program goes on without is no cause. */
const isPassedOver = (line: string, decisive: boolean): boolean =>
  /^(?:Ignoring|Skipping)\b/.test(line) || (isQuiet(line) && (decisive || shruggedOff.test(line)))

/** What a program notes and goes on without. */
const shruggedOff =
  /\bignor(?:ed|ing)\b|using (?:the )?defaults?|fall(?:ing)? ?back|\bskipp(?:ed|ing)\b|\bcontinuing\b|will be disabled|deprecat/i

/** Less sure by one step. */
export const lower = (confidence: Confidence): Confidence => (confidence === 'certain' ? 'likely' : 'possible')

function hold(
  clue: AnyClue,
  evidence: Evidence,
  observation: Observation,
  candidates: Candidates,
): { quote: string; facts: Facts; advice: boolean } | undefined {
  if (
    clue.reason !== undefined &&
    !('reason' in evidence && evidence.reason !== undefined && clue.reason.includes(evidence.reason))
  )
    return undefined
  const found = find(clue, evidence, candidates)
  if (found === undefined) return undefined
  // Evidence and clue are of one source; the compiler cannot follow that through the union of clues.
  const when = clue.when as ((evidence: Evidence, all: Observation) => boolean | Facts) | undefined
  const more = when?.(evidence, observation) ?? true
  if (more === false) return undefined
  return {
    quote: found.quote,
    advice: found.advice,
    facts: { ...factsOf(evidence), ...found.groups, ...(more === true ? {} : more) },
  }
}

function find(
  { text, unless, decisive = false }: AnyClue,
  evidence: Evidence,
  candidates: Candidates,
): { quote: string; groups: Facts; advice: boolean } | undefined {
  if (text === undefined && unless === undefined) return { quote: evidence.quote, groups: {}, advice: false }
  const possible = candidates(evidence)
  const wanted = text && possible.get(text)
  if (text !== undefined && wanted === undefined) return undefined
  const unwanted = (unless && possible.get(unless)) ?? []
  for (const line of evidence.source === 'log' && !decisive ? mostTelling(evidence) : [evidence.quote]) {
    if (evidence.source === 'log' && isPassedOver(line, decisive)) continue
    if (wanted === undefined) {
      if (firstMatch(unwanted, line) === undefined) return { quote: evidence.quote, groups: {}, advice: false }
      continue
    }
    const match = firstMatch(wanted, line)
    if (match !== undefined && firstMatch(unwanted, line) === undefined)
      return { quote: line, groups: definedOf(match.groups ?? {}), advice: isAdvice(line, match.index) }
  }
  return undefined
}

const indexes = new WeakMap<readonly Cause[], PatternIndex>()

function indexFor(causes: readonly Cause[]): PatternIndex {
  const before = indexes.get(causes)
  if (before !== undefined) return before
  const index = indexOf(
    causes.flatMap(({ clues }) => clues.flatMap(({ text, unless }) => [text, unless].filter((pattern) => pattern !== undefined))),
  )
  indexes.set(causes, index)
  return index
}

/** What of the catalogue's wordings could match in a piece of evidence; nearly all of them match nowhere. */
type Candidates = (evidence: Evidence) => ReadonlyMap<RegExp, readonly RegExp[]>

function candidatesFor(causes: readonly Cause[]): Candidates {
  const index = indexFor(causes)
  const known = new Map<Evidence, ReadonlyMap<RegExp, readonly RegExp[]>>()
  return (evidence) => {
    const before = known.get(evidence)
    if (before !== undefined) return before
    const text = evidence.source === 'log' ? [evidence.quote, ...evidence.lines].join('\n') : evidence.quote
    const found = candidatesIn(index, fingerprintOf(text))
    known.set(evidence, found)
    return found
  }
}

/** The line that explains first, then the latest first: what came before a failure is deeper than what came long before it. */
const mostTelling = ({ lines, quote }: EvidenceOf<'log'>): readonly string[] => [quote, ...lines.toReversed()]

const factsOf = (evidence: Evidence): Facts => ('facts' in evidence ? evidence.facts : {})
const definedOf = (groups: Record<string, string | undefined>): Facts =>
  Object.fromEntries(Object.entries(groups).filter((entry): entry is [string, string] => entry[1] !== undefined))

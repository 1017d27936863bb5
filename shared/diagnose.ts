import { catalogue, unexplained } from './causes/catalogue.ts'
import type { Case, Cause } from './causes/cause.ts'
import type { Confidence, Diagnosis, Quote } from './diagnosis.ts'
import type { Evidence } from './evidence.ts'
import { lower, matchesOf, type Match } from './match.ts'
import type { Observation } from './observation.ts'

/**
 * Names the root cause of an observation: the cause whose strongest clue outweighs all others. What nothing explains is
 * reported as it is.
 */
export function diagnose(observation: Observation, causes: readonly Cause[] = catalogue): Diagnosis {
  const [best, ...others] = matchesOf(observation, causes)
  if (best === undefined) return write(unexplained, undefined, [], observation)
  return write(best.cause, best, others, observation)
}

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
  const confidence = match === undefined ? 'possible' : confidenceIn(match, others)
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

/** Two causes that weigh nearly the same: neither is certain. */
const close = 3

const confidenceIn = ({ confidence, weight }: Match, [second]: readonly Match[]): Confidence =>
  confidence === 'certain' && second !== undefined && weight - second.weight < close ? lower(confidence) : confidence

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

import type { Observation } from '../../observation.ts'
import type { Case, Facts } from '../cause.ts'

/** The facts of the claim that the observation shows. */
export const claimFacts = ({ evidence }: Observation): Facts =>
  evidence.flatMap((piece) => (piece.source === 'object' && piece.facts['claim'] !== undefined ? [piece.facts] : []))[0] ?? {}

/** The claim by name: of the evidence, of a message, or of the subject itself. */
export function claimOf({ observation, facts }: Case): string {
  const { subject } = observation
  if (subject.kind === 'PersistentVolumeClaim') return subject.name
  const named = claimFacts(observation)['claim'] ?? facts['claim'] ?? facts['detail'] ?? facts['name']
  const spec = observation.evidence.find((piece) => piece.source === 'spec')
  const ofSpec = Object.entries(spec?.facts ?? {}).find(
    ([fact, value]) => fact.startsWith('volume:') && value.startsWith('PersistentVolumeClaim/'),
  )?.[1]
  return named ?? ofSpec?.split('/')[1] ?? 'CLAIM'
}

/** The storage class, wherever it is named. */
export const classOf = (given: Case): string | undefined =>
  claimFacts(given.observation)['class'] ?? given.facts['class'] ?? given.facts['detail']

/** The driver's own words, without the wrappings of gRPC. */
export function innermost(quote: string): string {
  const parts = quote.replace(/\s+/g, ' ').split(/desc = /)
  const last = parts.at(-1) ?? quote
  return last.length > 300 ? `${last.slice(0, 297)}...` : last
}

import type { Case, Facts } from '../cause.ts'

/** The facts of the evidence with this reason. */
export const factsOf = ({ observation }: Case, reason: string): Facts =>
  observation.evidence.flatMap((piece) => (piece.source === 'object' && piece.reason === reason ? [piece.facts] : []))[0] ?? {}

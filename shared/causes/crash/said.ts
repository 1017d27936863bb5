import type { Confidence } from '../../diagnosis.ts'
import type { AnyClue, Facts } from '../cause.ts'
import type { Observation } from '../../observation.ts'

interface SaidClue {
  readonly text: RegExp
  readonly unless?: RegExp
  readonly confidence?: Confidence
  readonly weight: number
  readonly decisive?: boolean
  readonly when?: (all: Observation) => boolean | Facts
}

/** A container that never began has said nothing itself; its message is the runtime's. */
const neverBegan = /^(?:StartError|ContainerCannotRun|RunContainerError|CreateContainerError|CreateContainerConfigError)$/

/** Looks for what a program says of itself: in its log, and in the message that it leaves behind when it ends. */
export function said({ text, unless, confidence = 'likely', weight, decisive = false, when }: SaidClue): readonly AnyClue[] {
  const shared = { text, ...(unless !== undefined && { unless }), confidence, weight, decisive }
  return [
    { ...shared, source: 'log', ...(when !== undefined && { when: (_: unknown, all: Observation) => when(all) }) },
    {
      ...shared,
      source: 'status',
      when: ({ state, reason = '', message }, all) =>
        (state === 'terminated' || state === 'last') &&
        message !== undefined &&
        !neverBegan.test(reason) &&
        (when?.(all) ?? true),
    },
  ]
}

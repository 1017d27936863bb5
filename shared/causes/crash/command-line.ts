import type { Case } from '../cause.ts'
import { specFacts } from '../wording.ts'

/** The command line that the manifest gives, or that of the image. */
export function commandOf({ spec }: Case): string {
  const words = [...(spec?.command ?? []), ...(spec?.args ?? [])]
  return words.length === 0 ? 'the command of its image' : `"${words.join(' ').slice(0, 200)}"`
}

/** The image that the container runs. */
export const imageOf = (given: Case) => given.spec?.image ?? specFacts(given)['image'] ?? 'the image'

/** What could not be started, by its name. */
export function nameOf({ facts, spec }: Case): string {
  const found = facts['command'] ?? spec?.command[0]
  return found === undefined ? 'the program' : `"${found}"`
}

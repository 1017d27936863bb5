import { catalogue, unexplained } from '../../shared/causes/catalogue.ts'
import { describeCause } from '../../shared/causes/cause.ts'
import { renderCatalogue, renderCause } from '../../shared/render/catalogue.ts'
import { CommandError, exitCodes } from '../failure.ts'
import { suggestion } from '../input/target.ts'

export interface CausesOptions {
  readonly output: 'markdown' | 'json'
}

/** `kulprit causes`: the catalogue, or one cause of it. */
export function runCauses(code: string | undefined, { output }: CausesOptions): void {
  const causes = [...catalogue, unexplained]
  if (code === undefined) {
    console.log(output === 'json' ? JSON.stringify(causes.map(describeCause), null, 2) : renderCatalogue(catalogue))
    return
  }
  const cause = causes.find((known) => known.code.toLowerCase() === code.toLowerCase())
  if (cause === undefined) {
    const hint = suggestion(
      code,
      causes.map((known) => known.code),
    )
    throw new CommandError(`there is no cause '${code}'${hint === '' ? '; kulprit causes lists all' : hint}`, exitCodes.usage)
  }
  console.log(output === 'json' ? JSON.stringify(describeCause(cause), null, 2) : renderCause(cause))
}

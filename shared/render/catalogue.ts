import type { Cause } from '../causes/cause.ts'
import { families } from '../diagnosis.ts'

/** The whole catalogue as Markdown: docs/causes.md, and what `kulprit causes` prints. */
export function renderCatalogue(causes: readonly Cause[]): string {
  const present = families.filter((family) => causes.some((cause) => cause.family === family))
  return [
    '# Causes',
    '',
    `The ${causes.length} root causes that Kulprit can name. Their codes are public names: in events, in the API, in alerts. What none of them explains is`,
    'reported as `Unexplained`, with its evidence.',
    '',
    ...present.flatMap((family) => {
      const members = causes.filter((cause) => cause.family === family)
      return [`## ${family}`, '', ...members.flatMap((cause) => [renderCause(cause), ''])]
    }),
  ].join('\n')
}

/** One cause as a section of the catalogue. */
export function renderCause({ code, title, severity, meaning, knownBy }: Cause): string {
  return [
    `### ${code}`,
    '',
    `**${title}** (${severity}). ${meaning}`,
    '',
    'Known by:',
    '',
    ...knownBy.map((sign) => `- ${sign}`),
  ].join('\n')
}

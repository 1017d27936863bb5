import type { Cause } from '../causes/cause.ts'
import { families, type Remedy } from '../diagnosis.ts'
import { exampleOf } from './example-case.ts'

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

/** One cause as a section of the catalogue; capitals in its commands stand for what a real case names. */
export function renderCause(cause: Cause): string {
  const { code, title, severity, meaning, knownBy } = cause
  return [
    `### ${code}`,
    '',
    `**${title}** (${severity}). ${meaning}`,
    '',
    'Known by:',
    '',
    ...knownBy.map((sign) => `- ${sign}`),
    '',
    'What to do:',
    '',
    cause.remedies(exampleOf(cause)).map(renderRemedy).join('\n'),
  ].join('\n')
}

const renderRemedy = ({ text, command }: Remedy): string =>
  command === undefined ? `- ${text}` : `- ${text}\n\n${indented(`\`\`\`sh\n${command}\n\`\`\``)}\n`

const indented = (text: string) => text.replace(/^/gm, '  ')

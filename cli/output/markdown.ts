import type { Diagnosis } from '../../shared/diagnosis.ts'

/** A report for a ticket, a pull request or a chat. */
export function renderMarkdown(
  {
    cluster,
    observedAt,
    diagnoses,
  }: { readonly cluster: string; readonly observedAt: string; readonly diagnoses: readonly Diagnosis[] },
  summary: string,
): string {
  return [`# ${cluster}: ${summary}`, '', `As seen at ${observedAt}.`, '', ...diagnoses.flatMap(sectionOf)].join('\n')
}

function sectionOf({
  subject,
  cause,
  title,
  confidence,
  severity,
  symptom,
  explanation,
  evidence,
  changes,
  remedies,
  alternatives,
  affectedPods,
}: Diagnosis): string[] {
  const owner = subject.workload ?? subject
  const facts = [
    `\`${cause}\` (${confidence}), ${severity}`,
    symptom,
    ...(subject.namespace === undefined ? [] : [`namespace ${code(subject.namespace)}`]),
    ...(subject.container === undefined ? [] : [`container ${code(subject.container)}`]),
    ...(affectedPods > 1 ? [`${affectedPods} pods`] : []),
  ]
  return [
    `## ${owner.kind} ${plain(owner.name)}: ${plain(title)}`,
    '',
    facts.join(' · '),
    '',
    plain(explanation),
    '',
    ...(evidence.length === 0
      ? []
      : [
          '**Evidence**',
          '',
          ...evidence.flatMap(({ source, quote, at }) => [
            `- ${source}${at === undefined ? '' : ` at ${at}`}`,
            '',
            ...block(quote, '  '),
            '',
          ]),
        ]),
    ...(changes.length === 0
      ? []
      : [
          '**What changed**',
          '',
          '| path | before | after |',
          '|---|---|---|',
          ...changes.map(({ path, before, after }) => `| ${cell(path)} | ${cell(before ?? '')} | ${cell(after ?? '')} |`),
          '',
        ]),
    ...(remedies.length === 0
      ? []
      : [
          '**What to do**',
          '',
          ...remedies.flatMap(({ text, command }, at) => [
            `${at + 1}. ${plain(text)}`,
            '',
            ...(command === undefined ? [] : [...block(command, '   ', 'sh'), '']),
          ]),
        ]),
    ...(alternatives.length === 0
      ? []
      : [`Also possible: ${alternatives.map((other) => `\`${other.cause}\` (${other.confidence})`).join(', ')}`, '']),
  ]
}

/** A fence longer than any in the text, so that a quote cannot end it. */
function block(text: string, indent: string, language = ''): string[] {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const fence = '`'.repeat(longest + 1)
  return [`${fence}${language}`, ...text.split('\n'), fence].map((line) => `${indent}${line}`)
}

const plain = (text: string) => text.replace(/[\\*_<>[\]]/g, '\\$&')
const code = (text: string) => `\`${text.replaceAll('`', "'")}\``
const cell = (text: string) => (text === '' ? '' : code(text.replaceAll('|', '\\|').replaceAll('\n', ' ')))

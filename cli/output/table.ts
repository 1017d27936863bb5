import type picocolors from 'picocolors'
import type { Diagnosis, Quote, Severity } from '../../shared/diagnosis.ts'
import { oneLine, wrap } from './wrap.ts'

type Colors = ReturnType<typeof picocolors.createColors>

export interface TableOptions {
  readonly colors: Colors
  readonly width: number
  /** All evidence, whole, instead of what fits a glance. */
  readonly verbose: boolean
}

const label = 10
const fewQuotes = 4
const fewChanges = 6

/** What a person paged at 3 a.m. reads: who fails where of what and how sure, then why, what changed, and commands to paste. */
export function renderTable(diagnoses: readonly Diagnosis[], options: TableOptions): string {
  return diagnoses.map((diagnosis) => renderOne(diagnosis, options)).join('\n')
}

function renderOne(diagnosis: Diagnosis, options: TableOptions): string {
  const { colors: c, width } = options
  const { subject, cause, title, confidence, severity } = diagnosis
  const owner = subject.workload ?? subject
  const place = [subject.cluster, ...(subject.namespace === undefined ? [] : [subject.namespace])].join('/')
  const paint = painter(severity, c)
  const lines = [
    `${paint('●')} ${c.bold(`${owner.kind} ${owner.name}`)} in ${place}: ${paint(c.bold(cause))} ${c.dim(`(${confidence})`)}`,
    row('what', [c.bold(title), c.dim(whatOf(diagnosis))], c),
    row('why', wrap(diagnosis.explanation, width - label), c),
    ...quotes(diagnosis.evidence, options),
  ]
  const changes = options.verbose ? diagnosis.changes : diagnosis.changes.slice(0, fewChanges)
  const more = diagnosis.changes.length - changes.length
  if (changes.length > 0) {
    const rows = changes.map(({ path, before, after }) => `${path}: ${valueOf(before, c.red)} → ${valueOf(after, c.green)}`)
    lines.push(row('changed', [...rows, ...(more > 0 ? [c.dim(`and ${more} more (--verbose)`)] : [])], c))
  }
  for (const [at, { text, command }] of diagnosis.remedies.entries()) {
    const body = wrap(text, width - label)
    lines.push(
      row(
        at === 0 ? 'do' : '',
        [...body, ...(command === undefined ? [] : command.split('\n').map((line) => c.cyan(`  ${line}`)))],
        c,
      ),
    )
  }
  if (diagnosis.alternatives.length > 0) {
    const others = diagnosis.alternatives.slice(0, 3).map((other) => `${other.cause} (${other.confidence})`)
    lines.push(row('or', [c.dim(others.join(', '))], c))
  }
  return `${lines.join('\n')}\n`
}

const valueOf = (value: string | null, paint: (text: string) => string) =>
  value === null ? '(none)' : paint(oneLine(value, 120))

function whatOf({ symptom, subject, affectedPods }: Diagnosis): string {
  const parts = [symptom]
  if (subject.container !== undefined) parts.push(`container ${subject.container}`)
  if (subject.workload !== undefined) parts.push(`${subject.kind.toLowerCase()} ${subject.name}`)
  if (affectedPods > 1) parts.push(`${affectedPods} pods`)
  return parts.join(', ')
}

function quotes(evidence: readonly Quote[], { colors: c, width, verbose }: TableOptions): string[] {
  const telling = evidence.filter((one, at) => one.source !== 'change' && !repeats(one.quote, evidence.slice(0, at)))
  const shown = verbose ? evidence : telling.slice(0, fewQuotes)
  const lines = shown.map(({ source, quote, at }) => {
    const text = verbose
      ? quote
          .split('\n')
          .map((line) => oneLine(line, 2_000))
          .join('\n')
      : oneLine(quote, Math.max(60, (width - label - 9) * 3))
    const [first = '', ...rest] = wrap(text, width - label - 9)
    const time = verbose && at !== undefined ? c.dim(`  ${at}`) : ''
    return [
      `${' '.repeat(label)}${c.dim(source.padEnd(8))} ${first}${time}`,
      ...rest.map((line) => `${' '.repeat(label + 9)}${line}`),
    ].join('\n')
  })
  const more = verbose ? 0 : telling.length - shown.length
  return more > 0 ? [...lines, `${' '.repeat(label)}${c.dim(`and ${more} more (--verbose)`)}`] : lines
}

/** Every word of it was said before: `Error: ImagePullBackOff` after the message of that state. */
function repeats(quote: string, before: readonly Quote[]): boolean {
  const said = new Set(before.flatMap((earlier) => wordsOf(earlier.quote)))
  return wordsOf(quote).every((word) => said.has(word))
}
const wordsOf = (text: string) => text.toLowerCase().match(/[\w./:@-]*\w/g) ?? []

function row(name: string, body: readonly string[], c: Colors): string {
  return body.map((line, at) => `${at === 0 ? c.dim(name.padStart(label - 2)) : ' '.repeat(label - 2)}  ${line}`).join('\n')
}

function painter(severity: Severity, c: Colors): (text: string) => string {
  switch (severity) {
    case 'critical':
      return c.red
    case 'warning':
      return c.yellow
    case 'info':
      return c.blue
  }
}

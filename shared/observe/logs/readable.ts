import { levelOf } from './level.ts'

/** Colours, cursor movements and other control sequences of terminals; a dump may have lost their escape character. */
const ansi = new RegExp(
  String.raw`[\u001b\u009b\ufffd\u241b]\[[0-9;?]{0,20}[A-Za-z]|\u001b\][^\u0007]{0,200}\u0007|[\u0000-\u0008\u000b-\u001a\u001c-\u001f]`,
  'g',
)

/** A line beyond this is cut in its middle: its beginning says who speaks, its end what was wrong. */
const longestLine = 2_000

/** The text without what only a terminal understands. */
const plain = (line: string): string => line.replace(ansi, '')

/** The lines of a log as a reader wants them: no colours, no megabyte, and JSON lines as the sentences that they hold. */
export function readableLines(text: string): string[] {
  const lines: string[] = []
  for (const raw of text.split('\n')) {
    const line = plain(cut(raw)).trimEnd()
    if (line.trim() === '') continue
    if (line.charCodeAt(0) === 123 && line.endsWith('}')) lines.push(...(fromJson(line) ?? [line]))
    else lines.push(line)
  }
  return lines
}

function cut(line: string): string {
  if (line.length <= longestLine) return line
  const half = longestLine / 2
  return `${line.slice(0, half)} … ${line.slice(-half)}`
}

const messageKeys = ['msg', 'message', 'log', '@message', 'short_message', 'text', 'event', 'textPayload', 'body']
const errorKeys = ['err', 'error', 'exception', 'cause', 'reason', 'error.message', 'errorMessage', 'exc_info', 'detail', 'attr']
const stackKeys = ['stack', 'stacktrace', 'stack_trace', 'error.stack_trace', 'errorVerbose', 'exception.stacktrace']
const levelKeys = ['error_severity', 'level', 'severity', 'lvl', 'log.level', '@level', 'levelname', 's', 'loglevel']
/** Pino and bunyan write levels as numbers. */
const numbered: Readonly<Record<string, string>> = {
  '10': 'debug',
  '20': 'debug',
  '30': 'info',
  '40': 'warn',
  '50': 'error',
  '60': 'fatal',
}
const lettered: Readonly<Record<string, string>> = { F: 'fatal', E: 'error', W: 'warn', I: 'info' }

/** `level=error msg: error`, and the lines of the stack below it; undefined for what is no log entry. */
function fromJson(line: string): string[] | undefined {
  let entry: Record<string, unknown>
  try {
    entry = JSON.parse(line) as Record<string, unknown>
  } catch {
    return undefined
  }
  // What another program said is passed on whole, with a level of its own inside.
  if (typeof entry['record'] === 'object' && entry['record'] !== null) entry = entry['record'] as Record<string, unknown>
  const message = first(entry, messageKeys)
  const error = first(entry, errorKeys)
  if (message === undefined && error === undefined) return undefined
  const level = first(entry, levelKeys)
  const said = [message, error === message ? undefined : error].filter((part) => part !== undefined).join(': ')
  const head =
    level === undefined || levelOf(said) !== undefined ? said : `level=${numbered[level] ?? lettered[level] ?? level} ${said}`
  const stack = first(entry, stackKeys) ?? stackOf(entry)
  return [...head.split('\n'), ...(stack?.split('\n') ?? [])].filter((part) => part.trim() !== '').map(cut)
}

function stackOf({ err, error }: Record<string, unknown>): string | undefined {
  const inner = (typeof err === 'object' ? err : error) as { stack?: unknown } | null | undefined
  return typeof inner === 'object' && typeof inner?.stack === 'string' ? inner.stack : undefined
}

function first(entry: Record<string, unknown>, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const text = textOf(entry[key])
    if (text !== undefined && text !== '') return text
  }
  return undefined
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return String(value)
  if (Array.isArray(value)) return value.map((item) => textOf(item) ?? '').join('\n')
  if (typeof value !== 'object' || value === null) return undefined
  const { type, name, message, msg, errmsg, code, codeName, error } = value as Record<string, unknown>
  const said = [type ?? name, message ?? msg ?? errmsg ?? textOf(error), code ?? codeName].filter(
    (part) => typeof part === 'string',
  )
  return said.length > 0 ? [...new Set(said)].join(': ') : JSON.stringify(value)
}

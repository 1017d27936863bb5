export type Level = 'debug' | 'info' | 'warn' | 'error'
export type Log = (level: Level, message: string, fields?: Readonly<Record<string, unknown>>) => void

const levels: readonly Level[] = ['debug', 'info', 'warn', 'error']

/** Writes one JSON line per event to standard error, from the given level on. */
export function jsonLog(
  least: Level,
  shared: Readonly<Record<string, unknown>>,
  write = (line: string) => void process.stderr.write(line),
): Log {
  return (level, message, fields = {}) => {
    if (levels.indexOf(level) < levels.indexOf(least)) return
    write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...shared, ...fields })}\n`)
  }
}

/** What is said of an error in a log line: the message, and that of its cause. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : ''
  const code = 'code' in error && typeof error.code === 'string' && !error.message.includes(error.code) ? ` (${error.code})` : ''
  return `${error.message || error.name}${code}${cause}`
}

/** How loud a line of a log is, by its own word. */
export type Level = 'fatal' | 'error' | 'warning' | 'info' | 'debug'

const words: Readonly<Record<string, Level>> = {
  fatal: 'fatal',
  ftl: 'fatal',
  panic: 'fatal',
  emerg: 'fatal',
  emergency: 'fatal',
  alert: 'fatal',
  crit: 'fatal',
  critical: 'fatal',
  severe: 'fatal',
  dpanic: 'fatal',
  error: 'error',
  err: 'error',
  eror: 'error',
  fail: 'error',
  warn: 'warning',
  warning: 'warning',
  wrn: 'warning',
  info: 'info',
  inf: 'info',
  information: 'info',
  notice: 'info',
  log: 'info',
  system: 'info',
  note: 'info',
  debug: 'debug',
  dbg: 'debug',
  dbug: 'debug',
  trace: 'debug',
  verbose: 'debug',
}

const klog = /^([IWEF])\d{4} \d\d:\d\d/
/** `2024-01-01 10:00:00.001: W tensorflow/core/...` */
const datedLetter = /^\d{4}-\d\d-\d\d[T ][\d:.,]{8,20}Z?: ([FEWID]) \S/
const keyed = /\b(?:level|lvl|severity|levelname|log_level|loglevel)"?\s?[=:]\s?"?([A-Za-z]{3,11})\b/i
const syslogLetter = /^(?:\[?\d[-\dT:.,+Z ]{7,40}\]?\s)(?:\[[^\]]{1,30}\] )?([FEWIDC])\s{1,3}[A-Z|]/
const marked =
  /(?:^|[[|(<\s.])(FATAL|PANIC|EMERG(?:ENCY)?|ALERT|CRIT(?:ICAL)?|SEVERE|ERROR|ERR!?|EROR|WARN(?:ING)?|WRN|INF(?:O|ORMATION)?|NOTICE|LOG|NOTE|SYSTEM|DEBUG|DBG|TRACE|VERBOSE|FTL)(?=[\])>|:\s!]|$)/
const markedLower =
  /[[<](fatal|panic|emerg|alert|crit|critical|error|err|warn|warning|info|notice|debug|trace)[\]>]|^(?:[\w./-]{1,80}: )?(fatal|panic|error|fail|crit|warn|warning|info|dbug|trce)\s?:/

const letters: Readonly<Record<string, Level>> = { F: 'fatal', C: 'fatal', E: 'error', W: 'warning', I: 'info', D: 'debug' }

/** The level that a line gives itself; klog, logfmt, brackets and the words of common loggers are known. */
export function levelOf(line: string): Level | undefined {
  const head = line.slice(0, 160)
  const letter = klog.exec(head)?.[1] ?? datedLetter.exec(head)?.[1] ?? syslogLetter.exec(head)?.[1]
  if (letter !== undefined) return letters[letter]
  const lower = markedLower.exec(head)
  const word = keyed.exec(head)?.[1] ?? marked.exec(head)?.[1] ?? lower?.[1] ?? lower?.[2]
  return word === undefined ? undefined : words[word.toLowerCase().replace('!', '')]
}

import { levelOf, type Level } from './level.ts'

const byLevel: Readonly<Record<Level, number>> = { fatal: 45, error: 30, warning: 2, info: -25, debug: -30 }

/** Frames of stack traces, in the languages that people run. */
const frame =
  /^\s{0,40}(?:at [\w$.<>/[\]@ `]{1,300}[(:[]|at (?:async |new )?\S{1,200}:\d|File "|from \S{1,300}:\d{1,6}:in|\.\.\. \d{1,5} (?:more|common)|#\d{1,4}\s|\d{1,4}: {1,4}0x|goroutine \d|created by |\[0x|[\w./-]{1,200}\.go:\d{1,6}\s\+0x|---- |\| {1,4}at )|\.go:\d{1,6} \+0x[0-9a-f]{1,16}$|^\s{1,8}\(\w[\w.-]{0,60}(?: [\d.]{1,20})?\) (?:lib|src)?\S{1,200}:\d|^[\w.*/()-]{1,300}\((?:0x[0-9a-f]{1,16}|\.{3}|\{0x)|^\s{2,20}[~^]{1,300}\s*$|^[^\s]{1,200}\.rb:\d{1,6}:in [`'][^']{1,120}'$|^\s{4,40}\S/

/** Lines that stand at the end and say no more than that it is over, and the chatter of wrappers. */
const epilogue =
  /npm ERR! (?:code|errno|A complete log|This is probably|Exit status|There is likely|path|command|signal|syscall)|ELIFECYCLE|error Command failed with exit code|info Visit https|exited? with (?:code|status|error code) |exit(?:ed)? status \d|shutting down|is shut down|^\s*exiting|Exiting\.?$|terminating|stopping|stopped|See (?:full trace|logs|above|')|Error: A fatal exception has occurred|Could not create the Java Virtual Machine|For more (?:information|details)|More information|Possible solutions?:|Potential solutions?:|Node\.js v\d|aborting startup due to|Emitted 'error' event|Run 'java|For help|[Tt]ry '.{1,60}--help|--help' for|Application run failed|APPLICATION FAILED TO START|database system is starting up|Tasks: TOP|removing contents of|The above exception|During handling of|Traceback \(most recent|rails aborted|^\s*throw |node:internal|Failed to execute script|Worker failed to boot|Reason: Worker|Error creating bean|UnsatisfiedDependencyException|BeanCreationException|error Error: Command failed|graceful|cleanup|Terminated$|Backtrace|received signal|SIGTERM|kube-probe|container will be|^Execution halted|^(?:Aborted|Segmentation fault|Illegal instruction|Bus error)(?: \(core dumped\))?\s*$|^Ignoring |^Skipping |^\s*Usage:|^\s*usage:/

/** The lines in which errors say what they are about. */
const telling =
  /refused|denied|not permitted|not found|no such|cannot|can't|could ?n[o']t|unable|fail(?:ed|ure)|invalid|unknown|unrecogni[sz]ed|unexpected|missing|required|must (?:be|not|set|specify|install)|time[d ]{0,2}out|deadline|unreachable|no route|already in use|not set|undefined|illegal|corrupt|mismatch|incompatible|unsupported|does ?n[o']t|malformed|parse|syntax|out of memory|heap|killed|SIGKILL|SIGSEGV|[Ss]egmentation|abort|panic|exception|expired|unauthori[sz]ed|forbidden|locked|read-only|exec format|loop detected|no space|wrong/i

const exception =
  /(?:^|[\s:.\]"'])(?:[\w$]{1,80}[.:\\]{1,2}){0,12}[A-Z]\w{0,80}(?:Error|Exception|Failure|Fault)\b(?: \[\w{1,60}\])?(?::|\(|$|;)/
const causedBy = /^\s{0,8}(?:Caused by|Root cause|Wrapped by)\s?:|^\s{0,8}-{2,3}> |^\s{0,8}\[?cause\]?\s?: /
const panics =
  /^panic:|^fatal error:|panicked at|Unhandled [Ee]xception|[Uu]ncaught|^terminate called|what\(\):|Fatal error|Fatal Python error|\*\* \((?:\w|\.)|\[emerg\]|^error while loading|^Error: |^error: |^fatal: |F\d{4} \d\d:|PANIC:|nested exception|Description:/
const accessLog = /"(?:GET|POST|PUT|HEAD|DELETE|OPTIONS|PATCH) [^"]{0,300} HTTP\/[\d.]{1,3}"/

/** `[org.acme.ExceptionHandler]` is who speaks, and not what is said. */
const logger = /[[(][\w$]{1,60}(?:\.[\w$]{1,60}){1,12}[\])]/

/** How much each line explains: by its level, by its words, and by its place in a stack of causes. */
export function weigh(lines: readonly string[]): number[] {
  const weights = lines.map(weightOf)
  let trace = -1
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    const before = lines[at - 1] ?? ''
    // Of wrapped Java and .NET exceptions the last cause is the root; a later one outweighs all before it.
    if (causedBy.test(line)) {
      trace = trace < 0 ? 0 : trace + 1
      weights[at] = Math.max(weights[at] ?? 0, 60) + 12 + Math.min(trace, 10)
    }
    if (heading.test(line)) raiseUnder(lines, weights, at)
    if (line.trimStart().startsWith('Traceback (most recent')) raiseEnd(lines, weights, at)
    if (/panicked at .{0,300}:$/.test(before)) weights[at] = (weights[at] ?? 0) + 60
  }
  return weights
}

/** Some programs write what it is about below a line of its own: `Description:`, `Caused by:`, `BOOT FAILED`. */
const heading =
  /^\s{0,8}(?:Caused by|Description|Reason|Details?|Root cause|Cause|Error description|The following (?:error|problem)s? occurred|[Ee]rrors?|ERROR):?\s*$|^[A-Z ]{4,30}FAILED\s*$|\b[Uu]n(?:caught|handled) (?:exception|error)(?: in thread \S{1,60})?[:.]?\s*$/

/** Below such a line the cause stands in the first line, or, where causes are stacked, in the last of those that are indented. */
function raiseUnder(lines: readonly string[], weights: number[], from: number): void {
  weights[from] = -20
  const stacked = /Caused by/.test(lines[from] ?? '')
  let target = -1
  for (let at = from + 1; at < Math.min(lines.length, from + 12); at++) {
    const line = lines[at] ?? ''
    if (!/\w/.test(line)) continue
    if (target >= 0 && !/^\s/.test(line)) break
    if (frame.test(line) && !/^\s{2,12}(?:\d{1,2}: )?\w/.test(line)) continue
    target = at
    if (!stacked) break
  }
  if (target >= 0) weights[target] = Math.max(weights[target] ?? 0, 30) + 30
}

/** A Python traceback ends with what was raised: the first line after it that is not indented. */
function raiseEnd(lines: readonly string[], weights: number[], from: number): void {
  for (let at = from + 1; at < Math.min(lines.length, from + 200); at++) {
    const line = lines[at] ?? ''
    if (/^\s/.test(line)) continue
    weights[at] = Math.max(weights[at] ?? 0, 30) + 35
    return
  }
}

function weightOf(line: string): number {
  if (line.length < 3) return -60
  const head = (line.length > 1_200 ? `${line.slice(0, 800)} ${line.slice(-400)}` : line).replace(logger, '')
  const level = levelOf(head)
  const quiet = level === 'info' || level === 'debug' || level === 'warning'
  let weight = level === undefined ? 8 : byLevel[level]
  if (frame.test(head) && !causedBy.test(head) && level === undefined) weight -= 70
  if (epilogue.test(head)) weight -= 35
  if (accessLog.test(head)) weight -= 50
  if (telling.test(head)) weight += 16
  if (exception.test(head)) weight += quiet ? 5 : 22
  if (panics.test(head)) weight += quiet ? 0 : 20
  return weight
}

/** What the signals are called that end programs, and what they mean to an operator. */
const signals: Readonly<Record<number, readonly [name: string, meaning: string]>> = {
  1: ['SIGHUP', 'its terminal or session went away'],
  2: ['SIGINT', 'it was interrupted'],
  3: ['SIGQUIT', 'it was told to quit with a dump'],
  4: ['SIGILL', 'it ran an instruction that this CPU does not know'],
  5: ['SIGTRAP', 'it ran into a trap or an assertion of native code'],
  6: ['SIGABRT', 'it aborted itself: an assertion, a double free or an uncaught native exception'],
  7: ['SIGBUS', 'it touched memory that is not there, such as a truncated mapped file or missing huge pages'],
  8: ['SIGFPE', 'it divided by zero'],
  9: ['SIGKILL', 'something killed it without a word: the kernel for want of memory, or the kubelet after the grace period'],
  11: ['SIGSEGV', 'it touched memory that is not its own'],
  13: ['SIGPIPE', 'it wrote to a pipe that nobody reads'],
  15: ['SIGTERM', 'it was asked to stop'],
  31: ['SIGSYS', 'it made a system call that the seccomp profile forbids'],
}

const codes: Readonly<Record<number, string>> = {
  0: 'it ended by itself and without an error',
  1: 'a general error',
  2: 'wrong use of a command, or a Go panic',
  64: 'wrong arguments',
  65: 'wrong input',
  66: 'an input file is missing',
  69: 'something it depends on is unavailable',
  70: 'an internal error of the program',
  71: 'an error of the operating system',
  73: 'an output file cannot be made',
  74: 'an error of input or output',
  75: 'a temporary failure',
  77: 'permission denied',
  78: 'a configuration error',
  125: 'the container could not be run at all',
  126: 'the command was found and cannot be executed',
  127: 'the command was not found',
  128: 'an exit code out of range, or the runtime could not start the command',
  255: 'an exit code out of range, often -1',
}

/** The signal behind an exit code above 128, or none. */
export function signalOf(exitCode: number): { readonly name: string; readonly meaning: string } | undefined {
  const signal = signals[exitCode - 128]
  return signal === undefined ? undefined : { name: signal[0], meaning: signal[1] }
}

/** What an exit code tells of a program that the kubelet asked to stop; its own meaning of the number does not count then. */
function stoppedText(exitCode: number): string {
  if (exitCode === 137) return '137 (SIGKILL: it did not stop in time when it was asked to)'
  if (exitCode === 143) return '143 (SIGTERM: it was asked to stop)'
  return exitCode === 0 ? '0 (it stopped when it was asked to)' : `${exitCode} (its own way of ending when it is asked to stop)`
}

/** What an exit code tells: `137 (SIGKILL: something killed it ...)`; `stopped` where it was asked to end. */
export function exitCodeText(exitCode: number, stopped = false): string {
  if (stopped) return stoppedText(exitCode)
  const signal = signalOf(exitCode)
  if (signal !== undefined) return `${exitCode} (${signal.name}: ${signal.meaning})`
  const meaning = codes[exitCode]
  return meaning === undefined ? String(exitCode) : `${exitCode} (${meaning})`
}

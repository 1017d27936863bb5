import type { Observation } from '../../observation.ts'
import { signalOf } from '../../observe/exit-codes.ts'
import { anyOf } from '../any-of.ts'
import type { Case, Cause } from '../cause.ts'
import { inNamespace, nodeOf, who } from '../wording.ts'
import { afterwards, cited, closing, endOf, ending, readPrevious, spoken } from './case.ts'
import { said } from './said.ts'

const nativeCodes = new Set([132, 133, 134, 135, 136, 139])

/** The frames of the stack trace below the line that explains, the program's own first. */
function whereOf({ observation, quote }: Case): string {
  const log = observation.evidence.find((e) => e.source === 'log' && e.lines.includes(quote))
  if (log?.source !== 'log') return ''
  const own = log.lines.find((line) => framePlace.test(line) && !foreign.test(line))
  const place = own === undefined ? undefined : framePlace.exec(own)?.slice(1).find(Boolean)
  return place === undefined ? '' : ` The first frame of its own code is ${place.trim().replace('", line ', ' line ')}.`
}

const framePlace =
  /^\s{0,12}(?:at .{0,200}?\(?((?:file:\/\/)?\/?[\w@./-]{1,200}\.\w{1,5}:\d{1,6})|File "([^"]{1,200}", line \d{1,6})|at ([\w.$]{1,200}\([\w.]{1,100}:\d{1,6}\))|(\/?[\w./-]{1,200}\.(?:go|rb|rs|ex|php):\d{1,6})|from (\/?[\w./-]{1,200}:\d{1,6}))/

const foreign =
  /node_modules|node:internal|site-packages|\/usr\/lib|\/usr\/local\/(?:lib|go)|java\.(?:base|lang|util)|org\.springframework|\/gems\/|runtime\/|vendor\/|\(internal\//

/** That the line tells of something thrown, and not of a failure in general. */
const thrown =
  /exception|panic|traceback|\w(?:Error|Exception)\b|uncaught|unhandled|assert|undefined|goroutine|required a bean|resolve (?:dependenc|service)/i

const isOwnFault = (all: Observation) => endOf(all)?.exitCode !== 0

/** Failures of the program itself. */
export const programs: readonly Cause[] = [
  {
    code: 'NativeCrash',
    family: 'crash',
    title: 'The program crashes in native code',
    severity: 'critical',
    meaning: 'The program ends by a signal of the CPU or of itself: SIGSEGV, SIGABRT, SIGBUS, SIGILL or SIGFPE.',
    knownBy: [
      'The exit code is 139, 134, 135, 132 or 136, or the log tells of a segmentation fault, an illegal instruction or an abort.',
    ],
    clues: [
      ...said({
        text: anyOf([
          /[Ss]egmentation fault|[Ii]llegal instruction|[Bb]us error|\bSIGSEGV\b|\bSIGILL\b|\bSIGBUS\b|\bSIGABRT\b/,
          /\bSIGFPE\b|[Ff]loating point exception|core dumped|A fatal error has been detected by the Java Runtime/,
          /double free or corruption|corrupted (?:size vs|double-linked|unsorted)|heap corruption|malloc\(\): |free\(\): invalid|munmap_chunk|stack smashing/,
          /terminated by signal (?:4|6|7|8|11)\b|exited on signal (?:4|6|7|8|11)\b|signal (?:4|6|7|8|11) \(core/,
          /AddressSanitizer|SIGSEGV \(0xb\)|child process exited with exit code 13[2459]/,
          /exit(?:ed)?(?: with)? (?:status|code)[:=]? ?13[2459]\b|AVX|CPU (?:does not|doesn't) support/,
          /Caught (?:Segmentation|signal)|Fatal Python error: (?:Segmentation|Aborted|Bus|Illegal)|cpu_features/,
          /unsupported (?:cpu|CPU|instruction)/,
        ]),
        unless: anyOf([
          /\[signal SIGSEGV: segmentation violation|received SIG|ignor|checkpoint|handler/,
          /avx (?:is )?(?:enabled|supported|available)|compiled (?:with|to use)|rebuild TensorFlow/,
        ]),
        confidence: 'likely',
        weight: 72,
      }),
      {
        source: 'status',
        confidence: 'likely',
        weight: 40,
        when: ({ state, exitCode }) =>
          (state === 'terminated' || state === 'last') && exitCode !== undefined && nativeCodes.has(exitCode),
      },
    ],
    explain: (given) => {
      const { exitCode } = endOf(given.observation) ?? {}
      const signal = exitCode === undefined ? undefined : signalOf(exitCode)
      const why =
        /[Ii]llegal instruction|SIGILL|AVX/.test(given.quote) || exitCode === 132
          ? `The program uses instructions (such as AVX) that the CPU of node ${nodeOf(given)} does not have, or was built for a newer CPU.`
          : /[Bb]us error|SIGBUS/.test(given.quote) || exitCode === 135
            ? 'A mapped page is not there: huge pages without a limit for them, a full /dev/shm, or a file that was cut while it was mapped.'
            : 'That is a mistake in native code: of the program, of its runtime, or of a library or extension that does not fit the image.'
      return `${who(given)} is ended by ${signal?.name ?? 'a signal'} in native code. ${spoken(given)}: ${cited(given.quote)}. ${why}${ending(given)}${closing(given, /image|nodeSelector|affinity|resources/)}`
    },
    remedies: (given) => [
      readPrevious(given, 'Read what it did last, and the backtrace if it wrote one.'),
      {
        text: 'See whether it happens on all nodes or on some only (another CPU, another kernel).',
        command: `kubectl get pods${inNamespace(given)} -o wide; kubectl get nodes -L kubernetes.io/arch,node.kubernetes.io/instance-type`,
      },
      {
        text: 'Try the release before, or a build for an older CPU (x86-64-v2, a "no-AVX" image); report the backtrace to its makers.',
      },
      ...afterwards(given),
    ],
  },
  {
    code: 'ApplicationException',
    family: 'crash',
    title: 'The program ends by an error in its own code',
    severity: 'critical',
    meaning:
      "An unhandled exception, a panic or a failed assertion in the program's own code, and none of the more specific causes.",
    knownBy: ['The log ends with a stack trace or an uncaught error that matches no more specific cause.'],
    clues: [
      ...said({
        text: anyOf([
          /\b(?:TypeError|ReferenceError|RangeError|AttributeError|NameError|IndexError|KeyError|ZeroDivisionError|AssertionError|RecursionError|UnboundLocalError|NotImplementedError|StopIteration|NullPointerException|ArrayIndexOutOfBounds|IndexOutOfBounds|ClassCastException|ConcurrentModification|ArithmeticException|StackOverflowError|NullReferenceException|InvalidCastException|ArgumentNullException|NoMethodError|FunctionClauseError|MatchError|UndefinedFunctionError|CaseClauseError|NoSuchMethodError|NoClassDefFoundError|AbstractMethodError|ImportError|IndentationError|SyntaxError|TabError)\b/,
          /runtime error: |nil pointer dereference|index out of range|slice bounds out of range/,
          /assignment to entry in nil map|concurrent map (?:writes|read)|all goroutines are asleep|panicked at/,
          /called `(?:Option|Result)::unwrap\(\)|assertion (?:failed|`)|Assertion (?:failed|`)/,
          /PHP Fatal error: {1,3}Uncaught (?:Error|TypeError|ArgumentCount)/,
          /Call to (?:undefined|a member) (?:function|method)|Cannot read propert|is not a function|is not defined/,
          /undefined method|undefined local variable|Unhandled promise|UnhandledPromiseRejection/,
          /Object reference not set|division by zero|divide by zero|stack overflow|Maximum call stack/,
          /circular import|cannot import name|Cannot use import statement|goroutine stack exceeds/,
          /interface conversion: |close of (?:closed|nil) channel|send on closed channel/,
          /required a bean of type|[Nn]o qualifying bean|can't resolve dependencies|Unable to resolve service for type/,
          /[Uu]nsatisfied dependenc|No provider for|services are not able to be constructed|UnsupportedClassVersionError/,
        ]),
        unless: /warn/i,
        weight: 48,
      }),
      ...said({
        text: anyOf([
          /^panic: |panic: |[Uu]nhandled [Ee]xception|[Uu]ncaught (?:[Ee]xception|[Ee]rror)/,
          /Traceback \(most recent call last\)|Exception in thread|^terminate called|\*\* \(EXIT|\*\* \(\w/,
          /Fatal error: Uncaught|PHP Fatal error|^fatal error: |rails aborted/,
          /(?:^|[\s.])[A-Z]\w{1,80}(?:Exception|Error)\b(?::|$| \()|UnhandledRejection|Unhandled rejection|E0\w{3}: /,
          /^[a-z_]\w{0,40}(?:\.[a-z_]\w{0,40}){0,6}\.[A-Z]\w{2,60}: \S/,
          /throw er|Application startup exception|Hosting failed to start|unhandled error/,
        ]),
        unless: /npm ERR|INFO|WARN|DEBUG/,
        weight: 34,
      }),
      ...said({
        text: /^(?:\S{1,40} ){0,3}(?:FATAL|Fatal|fatal)\b|\[FATAL\]|level=fatal|level=panic|^F\d{4} \d\d:|CRITICAL/,
        confidence: 'possible',
        weight: 22,
        when: isOwnFault,
      }),
      ...said({
        text: /\b(?:error|fail(?:ed|ure)?|fatal|panic|exception|abort(?:ed|ing)?|cannot|can't|could ?n[o']t|unable)\b/i,
        unless: /\b(?:0|no|without) (?:errors?|failures?)|err(?:or)?[:=] ?(?:null|nil|none|false|0)\b/i,
        confidence: 'possible',
        weight: 16,
        decisive: true,
        when: isOwnFault,
      }),
    ],
    explain: (given) => {
      const [what, then] = thrown.test(given.quote)
        ? [
            'is ended by an error in its own code that nothing caught',
            'None of the known outer causes (configuration, files, dependencies, memory) shows in the evidence, so the stack trace is the place to start.',
          ]
        : [
            'ends after an error that fits none of the known outer causes',
            'Its whole log is the place to start: what stands before this line says what it was doing.',
          ]
      return `${who(given)} ${what}. ${spoken(given)}: ${cited(given.quote)}.${whereOf(given)}${ending(given)} ${then}${closing(given, /image|command|args|env/)}`
    },
    remedies: (given) => [
      readPrevious(given, 'Read the whole stack trace.'),
      {
        text: 'See whether the failure began with a new image.',
        command: `kubectl rollout history ${(given.observation.subject.workload?.kind ?? 'pod').toLowerCase()}/${given.observation.subject.workload?.name ?? given.observation.subject.name}${inNamespace(given)}`,
      },
      ...afterwards(given),
    ],
  },
]

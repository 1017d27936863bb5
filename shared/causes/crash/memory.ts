import type { Observation } from '../../observation.ts'
import { anyOf } from '../any-of.ts'
import type { Case, Cause } from '../cause.ts'
import { inNamespace, who, workloadOf } from '../wording.ts'
import { afterwards, cited, closing, endOf, ending, readPrevious, spoken } from './case.ts'
import { said } from './said.ts'

const limitOf = ({ spec }: Case) => spec?.limits['memory']

/** Twice a limit, as Kubernetes writes quantities. */
function doubled(limit: string): string {
  const [, amount, unit = ''] = /^(\d{1,15}(?:\.\d{1,6})?)([A-Za-z]{0,2})$/.exec(limit) ?? []
  return amount === undefined ? '512Mi' : `${Number(amount) * 2}${unit}`
}

const wasKilled = (all: Observation) => {
  const exitCode = endOf(all)?.exitCode
  return exitCode === undefined || exitCode !== 0
}

/** Which runtime's own heap was full, by the words of its error. */
function heapOf(quote: string): { readonly name: string; readonly setting: string } | undefined {
  if (/JavaScript heap|Reached heap limit|Ineffective mark-compacts/.test(quote))
    return { name: "Node's heap", setting: 'NODE_OPTIONS=--max-old-space-size=MEGABYTES (about 75 % of the limit)' }
  if (/Java heap|OutOfMemoryError|GC overhead|Metaspace|Java Runtime/.test(quote))
    return { name: "the JVM's memory", setting: 'JAVA_TOOL_OPTIONS=-XX:MaxRAMPercentage=75' }
  if (/Allowed memory size/.test(quote)) return { name: "PHP's memory_limit", setting: 'PHP_MEMORY_LIMIT=512M' }
  return undefined
}

/** Containers that want more memory than they may have. */
export const memory: readonly Cause[] = [
  {
    code: 'ContainerOutOfMemory',
    family: 'crash',
    title: 'The container runs out of memory',
    severity: 'critical',
    meaning: 'The container reached its memory limit, or the heap of its runtime is full.',
    knownBy: [
      'The kubelet reports OOMKilled; that it does only where the killed process was the first of its container.',
      'The log says that the heap is full, that memory cannot be allocated, or that a child was killed by SIGKILL.',
    ],
    clues: [
      { source: 'status', reason: ['OOMKilled'], confidence: 'certain', weight: 95 },
      {
        source: 'event',
        text: /OOM-?[Kk]illed|[Mm]emory cgroup out of memory|oom-kill|memory limit (?:was )?(?:exceeded|reached)/,
        unless: /System OOM|nodes are available/,
        confidence: 'likely',
        weight: 84,
      },
      ...said({
        text: anyOf([
          /JavaScript heap out of memory|Reached heap limit/,
          /java\.lang\.OutOfMemoryError: (?:Java heap|GC overhead|Metaspace|Compressed class|Direct buffer|Requested array)/,
          /OutOfMemoryError: Java heap space|Terminating due to java\.lang\.OutOfMemoryError/,
          /Allowed memory size of \d{1,15} bytes exhausted|Memory cgroup out of memory|was OOM[- ]?[Kk]illed/,
          /^OOMKilled|reason[=: "]{1,4}OOMKilled/,
        ]),
        confidence: 'certain',
        weight: 82,
      }),
      ...said({
        text: anyOf([
          /[Oo]ut ?[Oo]f ?[Mm]emory|insufficient memory for the Java|MemoryError\b|std::bad_alloc/,
          /memory allocation of \d{1,15} bytes failed|[Cc]annot allocate memory|can't allocate memory/,
          /[Ff]ailed to allocate (?:memory|\d{1,15} bytes)|NoMemoryError|ENOMEM|OOM[- ]?[Kk]ill/,
          /heap (?:space|size|limit) (?:is )?(?:exhausted|exceeded)|[Nn]ot enough (?:memory|RAM)\b/,
          /(?:requires?|needs?|at least) [^\n]{0,60}\d ?(?:[MG]i?B|megabytes|gigabytes|bytes) of (?:memory|RAM)\b/,
          /memory (?:limit|quota) (?:was |is |has been )?exceeded/,
        ]),
        unless:
          /-XX:|OnOutOfMemoryError|CUDA|GPU|VRAM|lock memory|mlock|vm\.overcommit|WARNING overcommit|maxmemory|failed to reserve.{0,60}huge/i,
        weight: 78,
      }),
      ...said({
        text: anyOf([
          /SIGKILL!? Perhaps out of memory|signal[=: ]{1,3}['"]?SIGKILL|terminated by signal (?:9|SIGKILL|KILL)/,
          /(?:killed|died|exited|terminated|ended|stopped) (?:by|with|on|due to|because of|from) (?:a )?(?:signal |code=null signal=)?(?:SIGKILL|signal 9|KILL|9 \(SIGKILL\))/,
          /(?:with|by) signal:? (?:9|SIGKILL|KILL)\b|signal: killed|(?:was )?sent SIGKILL|\(signal 9\)/,
          /^\S{0,200}:? ?(?:line )?\d{0,6}:? {1,6}\d{1,7} Killed\b|^Killed$/,
          /exit(?:ed)?(?: with)? (?:status|code)[:=]? ?137\b|returned (?:a )?(?:non-zero )?(?:code|status)?:? ?137\b/,
          /exit code -9\b|(?:code|status)[=: ]{1,2}-9\b|WorkerLostError: Worker exited prematurely: signal 9/,
          /pid \d{1,7} exit(?:ed)? with signal 9/,
        ]),
        unless: /timed? ?out|SIGTERM|liveness|grace/i,
        weight: 76,
        when: wasKilled,
      }),
      ...said({
        text: /unable to create (?:new )?native thread/,
        confidence: 'possible',
        weight: 60,
      }),
      {
        source: 'status',
        confidence: 'possible',
        weight: 10,
        when: ({ state, exitCode }) => (state === 'terminated' || state === 'last') && exitCode === 137,
      },
    ],
    explain: (given) => {
      const limit = limitOf(given)
      const heap = heapOf(given.quote)
      const proof =
        given.evidence.source === 'status' && given.evidence.reason === 'OOMKilled'
          ? 'the kernel killed it (OOMKilled)'
          : `${spoken(given).toLowerCase()} ${cited(given.quote)}`
      const limited =
        limit === undefined
          ? 'It has no memory limit of its own, so the limit is the node, a LimitRange or the runtime.'
          : heap === undefined
            ? `Its memory limit is ${limit}.`
            : `Its memory limit is ${limit}, and ${heap.name} is full: the runtime's own maximum counts, which need not follow the limit.`
      const child =
        given.evidence.source === 'log' && /SIGKILL|Killed|signal|137/.test(given.quote)
          ? ' A child process was killed while the first process lived on; then Kubernetes does not report OOMKilled.'
          : ''
      return `${who(given)} needs more memory than it gets: ${proof}. ${limited}${child}${ending(given)}${closing(given, /resources|memory|image|JAVA|NODE_OPTIONS/)}`
    },
    remedies: (given) => {
      const limit = limitOf(given)
      const { container } = given.observation.subject
      const heap = heapOf(given.quote)
      const more = doubled(limit ?? '256Mi')
      return [
        {
          text: 'See what it uses, if metrics are served, while it runs.',
          command: `kubectl top pod ${given.observation.subject.name}${inNamespace(given)} --containers`,
        },
        {
          text:
            limit === undefined
              ? 'Give it a limit and a request that fit.'
              : `Raise the limit, for a start from ${limit} to ${more}; then look where it settles.`,
          command: `kubectl set resources ${workloadOf(given)}${container === undefined ? '' : ` -c ${container}`} --limits=memory=${more} --requests=memory=${limit ?? more}${inNamespace(given)}`,
        },
        ...(heap === undefined ? [] : [{ text: `Let ${heap.name} follow the limit: set ${heap.setting}.` }]),
        readPrevious(given, 'If it grows without end, raising the limit only delays it: look for a leak from what it did last.'),
        ...afterwards(given),
      ]
    },
  },
]

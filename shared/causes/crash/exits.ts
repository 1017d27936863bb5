import type { Case, Cause } from '../cause.ts'
import { exitCodeText } from '../../observe/exit-codes.ts'
import { inNamespace, who } from '../wording.ts'
import {
  afterwards,
  cited,
  closing,
  debugCopy,
  endOf,
  ending,
  patchContainer,
  readPrevious,
  showContainer,
  wasStopped,
} from './case.ts'

/** The last words of the container, where it has any. */
function lastWords({ observation }: Case): string {
  const log = observation.evidence.find((e) => e.source === 'log')
  if (log === undefined) return ''
  return ` The last lines of its log: ${cited(log.lines.slice(-3).join(' / '))}.`
}

/** Containers of which no more is known than that they end. */
export const exits: readonly Cause[] = [
  {
    code: 'ProcessCompleted',
    family: 'crash',
    title: 'The main process ends, although it should keep running',
    severity: 'critical',
    meaning: 'The main process ends with exit code 0 while the restart policy wants it running.',
    knownBy: ['The last state is Completed with exit code 0, and no probe killed it.'],
    clues: [
      {
        source: 'status',
        confidence: 'likely',
        weight: 53,
        when: ({ state, exitCode, reason }, { symptom }) =>
          (state === 'terminated' || state === 'last') &&
          exitCode === 0 &&
          (reason === undefined || reason === 'Completed') &&
          (symptom === 'CrashLoopBackOff' || symptom === 'Completed'),
      },
    ],
    explain: (given) =>
      `${who(given)} ends by itself without an error, and Kubernetes starts it again because its restart policy is ${given.spec?.restartPolicy ?? 'Always'}.${ending(given)} Usually the command does its work and is done (then it is a Job), puts itself into the background (a daemon must run in the foreground), or a shell has nothing to read.${lastWords(given)}${closing(given, /command|args|image|stdin|tty/)}`,
    remedies: (given) => [
      showContainer(given, 'Read command and args: what runs as the main process?'),
      patchContainer(
        given,
        'Keep a server in the foreground (nginx -g "daemon off;", apachectl -D FOREGROUND, redis-server --daemonize no).',
        {
          args: ['--foreground'],
        },
      ),
      { text: 'Work that ends belongs into a Job or CronJob, with restartPolicy Never or OnFailure.' },
      readPrevious(given),
      ...afterwards(given),
    ],
  },
  {
    code: 'UnexplainedExit',
    family: 'crash',
    title: 'The program ends with an error, and nothing says why',
    severity: 'critical',
    meaning: 'The container ends with an exit code other than 0, and nothing in the evidence says why.',
    knownBy: ['An exit code other than 0, and neither log, events nor the termination message match a known cause.'],
    clues: [
      {
        source: 'status',
        confidence: 'possible',
        weight: 14,
        when: ({ state, exitCode, reason }) =>
          (state === 'terminated' || state === 'last') && exitCode !== undefined && (exitCode !== 0 || reason === 'Error'),
      },
      { source: 'status', reason: ['CrashLoopBackOff'], confidence: 'possible', weight: 8 },
      { source: 'event', reason: ['BackOff'], text: /restarting failed container/, confidence: 'possible', weight: 7 },
      { source: 'status', reason: ['Error', 'ContainerStatusUnknown'], confidence: 'possible', weight: 6 },
    ],
    explain: (given) => {
      const { exitCode } = endOf(given.observation) ?? {}
      const killed =
        exitCode === 137
          ? ' The kubelet does not report OOMKilled, so whether memory was the reason is not proven: on nodes with cgroup v1, or where only a child is killed, it stays silent.'
          : exitCode === 143
            ? ' It was asked to stop from outside (the kubelet, a drain, a preStop or another container), and did.'
            : ''
      const code =
        exitCode === undefined
          ? ' How it ends is not recorded.'
          : ` It ends with exit code ${exitCodeText(exitCode, wasStopped(given.observation))}.`
      return `${who(given)} ends again and again, and nothing that was seen says why.${code}${killed}${lastWords(given) || ' It wrote nothing to its log.'}${closing(given, /./)}`
    },
    remedies: (given) => [
      readPrevious(given),
      {
        text: 'See the events and the last state as a whole.',
        command: `kubectl describe pod ${given.observation.subject.name}${inNamespace(given)}`,
      },
      debugCopy(given, 'Start a copy with a shell instead of the program, and run the command by hand.'),
      patchContainer(given, 'Let the end of the log become the termination message, so that the next failure explains itself.', {
        terminationMessagePolicy: 'FallbackToLogsOnError',
      }),
      ...afterwards(given),
    ],
  },
]

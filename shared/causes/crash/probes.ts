import type { Observation } from '../../observation.ts'
import { readProbe, type ProbeKind } from '../../observe/probes.ts'
import type { Remedy } from '../../diagnosis.ts'
import type { AnyClue, Case, Cause, Facts } from '../cause.ts'
import { inNamespace, who } from '../wording.ts'
import { afterwards, cited, closing, endOf, ending, patchContainer, readPrevious, showContainer } from './case.ts'

const factsOf = (kind: ProbeKind, all: Observation, message?: string): Facts => ({ ...readProbe(kind, all, message) })

/** A program that ends by itself with an error of its own was not killed by the kubelet: its probes fail because it is gone. */
const endedByItself = (all: Observation): boolean => {
  const exitCode = endOf(all)?.exitCode
  return exitCode !== undefined && ![0, 137, 143].includes(exitCode)
}

const restarts = ({ evidence }: Observation): boolean => evidence.some((e) => e.source === 'status' && (e.restartCount ?? 0) > 0)

/** The kubelet kills what these probes refuse; the event that says so is proof. */
function killingClues(kind: 'liveness' | 'startup', weight: number): readonly AnyClue[] {
  const failed = new RegExp(`^${kind} probe (?:failed|errored|error|warning)`, 'i')
  return [
    {
      source: 'event',
      reason: ['Killing', 'Unhealthy'],
      text: new RegExp(`failed ${kind} probe|${kind} probe failed, will be restarted`, 'i'),
      confidence: 'certain',
      weight: weight + 12,
      when: (_, all) => !endedByItself(all) && factsOf(kind, all),
    },
    {
      // Go programs that are process 1 answer SIGTERM with exit code 2; without an error of their own it was the kubelet.
      source: 'event',
      reason: ['Killing', 'Unhealthy'],
      text: new RegExp(`failed ${kind} probe|${kind} probe failed, will be restarted`, 'i'),
      confidence: 'likely',
      weight: 47,
      when: (_, all) => factsOf(kind, all),
    },
    {
      source: 'event',
      reason: ['Unhealthy', 'ProbeError', 'ProbeWarning'],
      text: failed,
      confidence: 'likely',
      weight,
      when: ({ quote }, all) => !endedByItself(all) && factsOf(kind, all, quote),
    },
    {
      source: 'event',
      reason: ['Unhealthy', 'ProbeError', 'ProbeWarning'],
      text: failed,
      confidence: 'possible',
      weight: 16,
      when: ({ quote }, all) => restarts(all) && factsOf(kind, all, quote),
    },
    {
      source: 'log',
      text: /(?:GET|HEAD) (?<path>\/[^\s"]{0,200})[^\n]{0,60}\b(?<status>[45]\d\d)\b[^\n]{0,80}kube-probe|kube-probe[^\n]{0,80}\b(?:404|401|403|5\d\d)\b/,
      confidence: 'likely',
      weight: kind === 'liveness' ? 40 : 41,
      when: (_, all) =>
        all.evidence.some((e) => e.source === 'spec' && e.probes[kind] !== undefined) && restarts(all) && factsOf(kind, all),
    },
  ]
}

/** Why the probe got what it got, as far as the evidence reaches. */
function verdict({ facts }: Case, kind: ProbeKind): string {
  const { got = '', port, listens, patience } = facts
  if (listens !== undefined && port !== undefined && !got.startsWith('status'))
    return `The container listens on port ${listens} and the probe asks port ${port}: the probe's port is wrong.`
  if (got === 'connection refused')
    return kind === 'readiness'
      ? 'Nothing listens there: the program is still starting, listens on another port, or only on 127.0.0.1.'
      : `Nothing listens there: the program needs longer to start than the ${patience === undefined ? 'time' : `${patience} s`} that the probe gives it, or listens on another port or only on 127.0.0.1.`
  if (got === 'no answer in time')
    return 'The program accepts the question and does not answer in time: it hangs, is starved of CPU, or the timeout is too short.'
  if (/^status (?:404|405)$/.test(got)) return 'The program does not know that path: the probe asks the wrong one.'
  if (/^status (?:401|403)$/.test(got)) return 'The path asks for credentials, which a probe does not have.'
  if (/^status (?:30\d|400|426)$/.test(got))
    return 'The program does not take the question as it is asked: the scheme (HTTP or HTTPS), the host or the path is wrong.'
  if (got.startsWith('status 5')) return 'The program itself says that it is not well; its log should say why.'
  if (/certificate|TLS/.test(got))
    return 'The scheme of the probe and that of the port differ, or the certificate is not accepted.'
  if (/does not exist in the container/.test(got)) return 'The command of the probe is not in the image.'
  return ''
}

/** The numbers that give a slow program more time. */
function patience(kind: ProbeKind, { spec }: Case): Readonly<Record<string, unknown>> {
  const probe = spec?.probes[kind]
  if (kind === 'startup' || probe === undefined) {
    return { [`${kind}Probe`]: { failureThreshold: Math.max(30, (probe?.failureThreshold ?? 3) * 3) } }
  }
  return {
    [`${kind}Probe`]: { timeoutSeconds: Math.max(5, probe.timeoutSeconds * 3), failureThreshold: probe.failureThreshold * 2 },
  }
}

function probeRemedies(kind: ProbeKind, given: Case): readonly Remedy[] {
  const { listens, got = '' } = given.facts
  const probe = given.spec?.probes[kind]
  const action = probe?.action.startsWith('GET') ? 'httpGet' : 'tcpSocket'
  const path = probe?.action.startsWith('GET') ? (/:\/\/[^/]{0,80}(\/.{0,200})$/.exec(probe.action)?.[1] ?? '/') : undefined
  return [
    showContainer(given, `Read the ${kind} probe as it stands.`),
    ...(listens !== undefined && probe?.port !== undefined
      ? [
          patchContainer(given, `Let it ask the port on which the program listens, ${listens}.`, {
            [`${kind}Probe`]: { [action]: { port: Number(listens), ...(path !== undefined && { path }) } },
          }),
        ]
      : []),
    ...(got.startsWith('status 4') && probe !== undefined
      ? [
          patchContainer(given, 'Let it ask a path that the program answers with 200.', {
            [`${kind}Probe`]: { httpGet: { path: '/THE-RIGHT-PATH', ...(probe.port !== undefined && { port: probe.port }) } },
          }),
        ]
      : []),
    {
      text: 'Ask what the probe asks, from where it is sure to be reached.',
      command: `kubectl port-forward pod/${given.observation.subject.name}${inNamespace(given)} 18080:${listens ?? given.facts['port'] ?? 'PORT'} & sleep 2; curl -i http://127.0.0.1:18080${path ?? '/'}`,
    },
    ...(kind === 'liveness' && got === 'connection refused' && listens === undefined
      ? [
          patchContainer(
            given,
            'Where it is only slow to start, give it a startup probe; liveness waits until that has succeeded.',
            {
              startupProbe: {
                ...(path === undefined
                  ? { tcpSocket: { port: probe?.port ?? 8080 } }
                  : { httpGet: { path, port: probe?.port ?? 8080 } }),
                periodSeconds: 5,
                failureThreshold: 60,
              },
            },
          ),
        ]
      : [patchContainer(given, 'Where it is only slow, give it more time.', patience(kind, given))]),
    readPrevious(given, 'Read what the program did meanwhile.'),
    ...afterwards(given),
  ]
}

function explanation(kind: ProbeKind, consequence: string, given: Case): string {
  const { asked, got } = given.facts
  const question = asked === undefined ? `Its ${kind} probe` : `Its ${kind} probe (${asked})`
  const answer = got === undefined ? `fails: ${cited(given.quote)}` : `got ${got}`
  return [
    `${who(given)} ${consequence}. ${question} ${answer}.`,
    verdict(given, kind),
    `${ending(given).trim()}${closing(given, new RegExp(`${kind}Probe|ports|containerPort|image|command|args`))}`,
  ]
    .filter((part) => part !== '')
    .join(' ')
}

/** What the kubelet asks of a running container, and what it runs around its life. */
export const probes: readonly Cause[] = [
  {
    code: 'LivenessProbeFailing',
    family: 'crash',
    title: 'The liveness probe fails, and the kubelet restarts the container',
    severity: 'critical',
    meaning:
      'The kubelet kills the container because its liveness probe fails: a wrong port or path, too early, too slow, or a program that hangs.',
    knownBy: [
      'A Killing event says that the container failed its liveness probe.',
      'Unhealthy events of the liveness probe go with restarts.',
    ],
    clues: killingClues('liveness', 54),
    explain: (given) => explanation('liveness', 'is restarted by the kubelet, again and again', given),
    remedies: (given) => probeRemedies('liveness', given),
  },
  {
    code: 'StartupProbeFailing',
    family: 'crash',
    title: 'The startup probe fails, and the kubelet restarts the container',
    severity: 'critical',
    meaning: 'The kubelet kills the container because its startup probe does not succeed in time.',
    knownBy: ['A Killing event says that the container failed its startup probe.', 'Unhealthy events of the startup probe.'],
    clues: killingClues('startup', 56),
    explain: (given) => explanation('startup', 'is killed before it is up', given),
    remedies: (given) => probeRemedies('startup', given),
  },
  {
    code: 'ReadinessProbeFailing',
    family: 'crash',
    title: 'The container runs and never becomes ready',
    severity: 'warning',
    meaning: 'The container runs, and its readiness probe fails, so that no Service sends it anything.',
    knownBy: ['Unhealthy events of the readiness probe, and a container that runs without being ready.'],
    clues: [
      {
        source: 'event',
        reason: ['Unhealthy', 'ProbeError', 'ProbeWarning'],
        text: /^readiness probe (?:failed|errored|error|warning)/i,
        confidence: 'likely',
        weight: 50,
        when: ({ quote }, all) => (all.symptom === 'NotReady' || all.symptom === 'Unhealthy') && factsOf('readiness', all, quote),
      },
      {
        source: 'event',
        reason: ['Unhealthy', 'ProbeError', 'ProbeWarning'],
        text: /^readiness probe (?:failed|errored|error|warning)/i,
        confidence: 'possible',
        weight: 9,
        when: ({ quote }, all) => !endedByItself(all) && factsOf('readiness', all, quote),
      },
    ],
    explain: (given) => explanation('readiness', 'runs and is not ready, so that no Service sends it anything', given),
    remedies: (given) => probeRemedies('readiness', given),
  },
  {
    code: 'LifecycleHookFailed',
    family: 'crash',
    title: 'A lifecycle hook fails',
    severity: 'critical',
    meaning: 'The postStart or preStop hook of the container fails; a failed postStart kills the container.',
    knownBy: ['A FailedPostStartHook or FailedPreStopHook event, or PostStartHookError as the reason of waiting.'],
    clues: [
      { source: 'event', reason: ['FailedPostStartHook'], confidence: 'certain', weight: 84 },
      { source: 'status', reason: ['PostStartHookError', 'PostStart Hook Failed'], confidence: 'certain', weight: 83 },
      {
        source: 'event',
        text: /(?:PostStart|postStart|Post Start) ?[Hh]ook|FailedPostStartHook/,
        unless: /success/i,
        confidence: 'certain',
        weight: 82,
      },
      { source: 'event', reason: ['FailedPreStopHook'], confidence: 'likely', weight: 30 },
    ],
    explain: (given) =>
      `The ${/prestop/i.test(`${'reason' in given.evidence ? given.evidence.reason : ''} ${given.quote}`) ? 'preStop' : 'postStart'} hook of ${who(given).replace(/^Container/, 'container')} fails, and the kubelet kills the container for it. The kubelet says: ${cited(given.quote)}.${ending(given)} The program itself may be well: what the hook calls is missing, ends with an error, or runs before the program is up.${closing(given, /lifecycle|image|command/)}`,
    remedies: (given) => [
      showContainer(given, 'Read the hook as it stands (lifecycle).'),
      {
        text: "Run the hook's command by hand, while the container is up.",
        command: `kubectl exec ${given.observation.subject.name}${inNamespace(given)} -c ${given.observation.subject.container ?? 'CONTAINER'} -- COMMAND`,
      },
      patchContainer(given, 'Take the hook out until it works.', { lifecycle: null }),
      ...afterwards(given),
    ],
  },
]

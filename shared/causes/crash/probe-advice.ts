import type { Remedy } from '../../diagnosis.ts'
import type { ProbeKind } from '../../observe/probes.ts'
import type { Case } from '../cause.ts'
import { inNamespace, who } from '../wording.ts'
import { afterwards, cited, closing, ending, patchContainer, readPrevious, showContainer } from './case.ts'

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

/** More time helps only who is slow: not where the probe asks the wrong port or path. */
function timeFor(kind: ProbeKind, given: Case, path: string | undefined): readonly Remedy[] {
  const { listens, got = '' } = given.facts
  const port = given.spec?.probes[kind]?.port ?? 8080
  if (/^status [34]/.test(got) || (listens !== undefined && got === 'connection refused')) return []
  if (kind !== 'liveness' || got !== 'connection refused')
    return [patchContainer(given, 'Where it is only slow, give it more time.', patience(kind, given))]
  return [
    patchContainer(given, 'Where it is only slow to start, give it a startup probe; liveness waits until that has succeeded.', {
      startupProbe: {
        ...(path === undefined ? { tcpSocket: { port } } : { httpGet: { path, port } }),
        periodSeconds: 5,
        failureThreshold: 60,
      },
    }),
  ]
}

/** What to do about a probe, the likeliest first. */
export function probeRemedies(kind: ProbeKind, given: Case): readonly Remedy[] {
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
    ...timeFor(kind, given, path),
    readPrevious(given, 'Read what the program did meanwhile.'),
    ...afterwards(given),
  ]
}

/** What the probe asked, what it got and why, as sentences. */
export function explanation(kind: ProbeKind, consequence: string, given: Case): string {
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

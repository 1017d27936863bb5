import type { EvidenceOf, Probe } from '../evidence.ts'
import type { Observation } from '../observation.ts'

export type ProbeKind = 'liveness' | 'readiness' | 'startup'

/** What a probe asked and got, and where the container really listens, as facts of a case. */
export interface ProbeReading {
  /** `GET http://:8080/health` */
  readonly asked?: string
  /** `connection refused`, `status 404`, `no answer in time`, or what a command printed. */
  readonly got?: string
  readonly port?: string
  /** A port on which the container listens by its log or its manifest, when it is another one than the probe's. */
  readonly listens?: string
  /** How many seconds a container has from its start until the probe gives up. */
  readonly patience?: string
}

/** Reads everything about one probe of the failing container. */
export function readProbe(kind: ProbeKind, { evidence }: Observation, message?: string): ProbeReading {
  const spec = evidence.find((e) => e.source === 'spec')
  const probe = spec?.probes[kind]
  const failed = message ?? failureOf(kind, evidence)
  const port = portOf(probe, failed, spec)
  const listens = otherPort(port, evidence)
  const asked = probe?.action ?? askedIn(failed)
  return {
    ...(asked !== undefined && { asked }),
    ...(failed !== undefined && { got: gotOf(failed) }),
    ...(port !== undefined && { port }),
    ...(listens !== undefined && { listens }),
    ...(probe !== undefined && { patience: String(probe.initialDelaySeconds + probe.periodSeconds * probe.failureThreshold) }),
  }
}

function failureOf(kind: ProbeKind, evidence: Observation['evidence']): string | undefined {
  const start = new RegExp(`^${kind} probe`, 'i')
  return evidence.find((e) => e.source === 'event' && start.test(e.quote))?.quote
}

const askedIn = (message: string | undefined) => {
  const url = /(?:Get|Post) "?(https?:\/\/[^\s"]{1,200}?)"?:/.exec(message ?? '')?.[1]
  const dialled = /dial tcp (\S{1,80}): /.exec(message ?? '')?.[1]
  return url !== undefined ? `GET ${url}` : dialled !== undefined ? `tcp ${dialled}` : undefined
}

function portOf(probe: Probe | undefined, message: string | undefined, spec: EvidenceOf<'spec'> | undefined): string | undefined {
  if (typeof probe?.port === 'number') return String(probe.port)
  const named = spec?.ports.find(({ name }) => name !== undefined && name === probe?.port)
  if (named !== undefined) return String(named.port)
  return /https?:\/\/[^\s/"]{1,80}:(\d{1,5})|dial tcp \S{1,60}:(\d{1,5}):/
    .exec(message ?? '')
    ?.slice(1)
    .find(Boolean)
}

/** What came back, in few words. */
function gotOf(message: string): string {
  const text = message.replace(/^\w{4,10} probe (?:failed|errored|error|warning): ?/i, '').trim()
  const status = /statuscode: (\d{3})/.exec(text)?.[1]
  if (status !== undefined) return `status ${status}`
  if (/connection refused/.test(text)) return 'connection refused'
  if (/no route to host/.test(text)) return 'no route to host'
  if (/connection reset|EOF/.test(text)) return 'a connection that was closed without an answer'
  if (/Timeout exceeded|deadline exceeded|i\/o timeout|timed? ?out|request canceled/i.test(text)) return 'no answer in time'
  if (/x509|certificate|tls:/i.test(text)) return 'a certificate or TLS error'
  if (/executable file not found|no such file or directory/.test(text)) return 'a command that does not exist in the container'
  return text === '' ? 'a failure without a word' : text.length > 200 ? `${text.slice(0, 197)}…` : text
}

const announcement =
  /(?:listening|listen|started|starting|serving|running|ready|bound|accepting|server)\b[^\n]{0,80}?(?:port(?:s|\(s\))?[ :=]{0,3}|:{1,4}|\]:|on )(\d{2,5})\b/i

/** A port that the log announces, or the only one that the manifest declares; undefined when it is the one that is asked. */
function otherPort(asked: string | undefined, evidence: Observation['evidence']): string | undefined {
  const announced = evidence.flatMap((e) => (e.source === 'log' ? e.lines : [])).flatMap((line) => portIn(line))
  if (asked === undefined || announced.includes(asked)) return undefined
  const declared = evidence.find((e) => e.source === 'spec')?.ports ?? []
  const [first] = announced
  if (first !== undefined) return first
  const [only] = declared
  return declared.length === 1 && only !== undefined && String(only.port) !== asked ? String(only.port) : undefined
}

function portIn(line: string): string[] {
  const port = announcement.exec(line)?.[1]
  return port !== undefined && Number(port) > 9 && Number(port) < 65_536 ? [port] : []
}

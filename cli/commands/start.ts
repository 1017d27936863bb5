import { join } from 'node:path'
import { colors as c } from '../output/colors.ts'
import type { IncidentChanged } from '../../shared/events.ts'
import type { Incident } from '../../shared/incident.ts'
import { DataDirectoryError } from '../../local/lock.ts'
import { PortError, startHost, type Host } from '../../local/host.ts'
import { replay } from '../../local/replay.ts'
import { CommandError, exitCodes, messageOf } from '../failure.ts'
import { clusterContexts, type ClusterContext } from '../input/contexts.ts'
import { readDump } from '../input/dump.ts'
import { watchLive } from '../input/watch-live.ts'
import { oneLine } from '../output/wrap.ts'

export interface StartOptions {
  readonly port: number
  readonly data: string
  readonly kubeconfig?: string
  readonly context: readonly string[]
  readonly replay?: string
  readonly smtp?: string
  readonly mailTo?: string
}

/** A source of failures that runs until it is stopped. */
interface Source {
  readonly stop: () => Promise<void>
}

const shipped = join(import.meta.dirname, '../../local/recording')
const replaySeconds = 4

/** `kulprit start`: runs until it is interrupted. */
export async function runStart(options: StartOptions): Promise<number> {
  if (options.smtp !== undefined && options.mailTo === undefined)
    throw new CommandError('--smtp needs --mail-to ADDRESS as well', exitCodes.usage)
  const stopped = interrupted()
  const contexts = options.replay === undefined ? await clusterContexts(options.kubeconfig, options.context) : []
  const folder = contexts.length > 0 ? undefined : (options.replay ?? shipped)
  const userEnvironment = { ...process.env }
  const host = await open(options)
  console.log(firstLine(contexts, options.replay))
  console.log(`API ${c.bold(`${host.url}/v1/incidents`)}, data in ${options.data}. Stop with Ctrl+C.\n`)
  const sources: Source[] = []
  try {
    await sayWhatIsOpen(host)
    if (folder === undefined)
      for (const one of contexts) sources.push(await watchLive(one, { ...options, host, userEnvironment, say }))
    else sources.push(play(folder, host, options.data))
    await stopped
    console.log('\nstopping')
  } finally {
    for (const source of sources) await source.stop()
    await host.close()
  }
  return exitCodes.ok
}

function firstLine(contexts: readonly ClusterContext[], given: string | undefined): string {
  if (contexts.length > 0)
    return `Kulprit watches ${contexts.map(({ cluster, server }) => `${c.bold(cluster)} (${server})`).join(', ')}`
  if (given !== undefined) return `Kulprit replays the recorded cluster in ${c.bold(given)}`
  return `No kubeconfig here, so Kulprit replays ${c.bold('a recorded cluster')} that ships with it: real failures, seen on Kubernetes 1.34`
}

async function open(options: StartOptions): Promise<Host> {
  try {
    return await startHost({
      port: options.port,
      data: options.data,
      ...(options.smtp !== undefined && { smtp: options.smtp }),
      ...(options.mailTo !== undefined && { mailTo: options.mailTo }),
      onChange: sayChange,
      onMessage: ({ subject, text }) => say(`${c.cyan('✉')} ${c.bold(subject)}\n${indent(text)}`),
      onMail: ({ file }) =>
        say(`${c.cyan('✉')} mail written to ${file}${options.smtp === undefined ? '' : `, and sent to ${options.mailTo}`}`),
      onDeadLetter: (queue, { id, reason }) =>
        say(`${c.red('✗')} ${queue} gave up on message ${id}: ${reason}; see /local/dead-letters`),
    })
  } catch (error) {
    if (error instanceof PortError || error instanceof DataDirectoryError)
      throw new CommandError(error.message, undefined, { cause: error })
    throw error
  }
}

function play(folder: string, host: Host, data: string): Source {
  const { snapshot, cluster, at, warnings } = readDump(folder)
  for (const warning of warnings) console.error(`kulprit: ${warning}`)
  const stopping = new AbortController()
  const played = replay({
    snapshot,
    cluster: folder === shipped ? 'recorded' : cluster,
    recordedAt: at ?? new Date().toISOString(),
    memory: join(data, 'replayed.json'),
    bus: host.bus,
    put: host.put,
    over: replaySeconds * 1000,
    heartbeat: 60_000,
    signal: stopping.signal,
  }).catch((error: unknown) => console.error(`kulprit: the replay ended: ${messageOf(error)}`))
  return {
    stop: async () => {
      stopping.abort()
      await played
    },
  }
}

async function sayWhatIsOpen({ url }: Host): Promise<void> {
  // Some ports are refused by every browser and by fetch, whoever listens there.
  const answer = await fetch(`${url}/v1/incidents?status=open&limit=100`).catch((error: unknown) => {
    throw new CommandError(`${url} cannot be asked (${messageOf(error)}): take another --port`, exitCodes.usage, { cause: error })
  })
  const { items = [] } = (await answer.json()) as {
    items?: readonly Pick<Incident, 'subject' | 'cause' | 'cluster' | 'namespace'>[]
  }
  if (items.length === 0) return
  console.log(`${items.length === 100 ? 'more than 100' : items.length} open from before:`)
  for (const incident of items.slice(0, 20)) console.log(`  ${nameOf(incident)}: ${incident.cause}`)
  console.log()
}

function sayChange({ change, reason, incident }: IncidentChanged): void {
  const { cause, confidence, title, diagnosis } = incident
  const paint = change === 'resolved' ? c.green : incident.severity === 'critical' ? c.red : c.yellow
  const line = `${paint(change === 'resolved' ? '✓' : '●')} ${paint(change)} ${c.bold(nameOf(incident))}: ${c.bold(cause)} (${confidence}), ${title}`
  if (change === 'resolved' || change === 'acknowledged') return say(`${line}. ${reason}`)
  const remedy = diagnosis.remedies.find(({ command }) => command !== undefined) ?? diagnosis.remedies[0]
  const advice = remedy && `→ ${remedy.text}${remedy.command === undefined ? '' : ` ${c.cyan(oneLine(remedy.command, 200))}`}`
  say(advice === undefined ? line : `${line}\n${indent(advice)}`)
}

function nameOf({ subject, cluster, namespace }: Pick<Incident, 'subject' | 'cluster' | 'namespace'>): string {
  const { kind, name } = subject.workload ?? subject
  const container = subject.container === undefined || subject.container === name ? '' : ` (${subject.container})`
  return `${kind} ${name}${container} in ${cluster}${namespace === undefined ? '' : `/${namespace}`}`
}

const say = (line: string) => console.log(`${c.dim(new Date().toTimeString().slice(0, 8))} ${line}`)
const indent = (text: string) => text.trimEnd().replace(/^/gm, '         ')

/** Resolves at the first Ctrl+C or SIGTERM; the second ends the process at once. */
function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        resolve()
        process.once(signal, () => process.exit(130))
      })
    }
  })
}

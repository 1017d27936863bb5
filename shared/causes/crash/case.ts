import type { Remedy } from '../../diagnosis.ts'
import type { EvidenceOf } from '../../evidence.ts'
import type { Observation } from '../../observation.ts'
import { exitCodeText } from '../../observe/exit-codes.ts'
import type { Case } from '../cause.ts'
import { canRoll, changed, inNamespace, pods, undo, watchRollout, workloadOf } from '../wording.ts'

/** How the container ended the last time; its state now where that is an end. */
export function endOf({ evidence }: Observation): EvidenceOf<'status'> | undefined {
  const ends = evidence.filter((e) => e.source === 'status').filter(({ state }) => state === 'terminated' || state === 'last')
  return ends.find(({ exitCode }) => (exitCode ?? 0) !== 0) ?? ends[0]
}

/** A sentence on how it ended and how often: ` It ended with exit code 1 (a general error) and was restarted 5 times.` */
export function ending({ observation }: Case): string {
  const end = endOf(observation)
  const restarts = Math.max(0, ...observation.evidence.map((e) => (e.source === 'status' ? (e.restartCount ?? 0) : 0)))
  const often = restarts > 0 ? ` and was restarted ${restarts === 1 ? 'once' : `${restarts} times`}` : ''
  if (end?.exitCode === undefined) return often === '' ? '' : ` It${often.slice(4)}.`
  return ` It ended with exit code ${exitCodeText(end.exitCode, wasStopped(observation))}${often}.`
}

/** That the kubelet asked the container to end, or that it says so itself; a native crash or a kill for memory is none of that. */
export function wasStopped({ evidence }: Observation): boolean {
  if (evidence.some((e) => e.source === 'status' && e.reason === 'OOMKilled')) return false
  return evidence.some(
    (e) =>
      (e.source === 'event' &&
        e.reason === 'Killing' &&
        /failed (?:liveness|startup) probe|probe failed, will be restarted/i.test(e.quote)) ||
      (e.source === 'log' && e.lines.some((line) => toldToStop.test(line))),
  )
}

const toldToStop = /(?:received|caught|got|on|handling) (?:signal:? )?(?:SIGTERM|terminated\b|TERM\b|15\b)|SIGTERM received/i

/** What a sentence quotes: short, without line breaks and time stamps. */
export function cited(quote: string): string {
  const one = quote
    .replace(/\s{1,20}\n\s{0,20}|\n\s{0,20}/g, ' / ')
    .replace(/^(?:Error|Completed|OOMKilled|StartError|ContainerCannotRun|RunContainerError)(?:, exit code \d{1,3})?: /, '')
    .trim()
  return `"${one.length > 320 ? `${one.slice(0, 160)} … ${one.slice(-150)}` : one}"`
}

/** Where the container's own words are from: its log, or the message that it left. */
export const spoken = ({ evidence }: Case): string =>
  evidence.source === 'log' ? 'Its log says' : evidence.source === 'event' ? 'The kubelet says' : 'Its status says'

/** Facts that close every explanation of a crash: the change that it came with and how many pods show it. */
export const closing = (given: Case, path: RegExp): string => `${changed(given, path)}${pods(given)}`

const containerFlag = ({ observation: { subject } }: Case) => (subject.container === undefined ? '' : ` -c ${subject.container}`)

/** Reads the log of the run that failed. */
export const readPrevious = (given: Case, text = 'Read the whole log of the run that failed.'): Remedy => ({
  text,
  command: `kubectl logs ${given.observation.subject.name}${containerFlag(given)}${inNamespace(given)} ${hasRestarted(given) ? '--previous ' : ''}--tail=200`,
})

const hasRestarted = ({ observation: { evidence } }: Case) =>
  evidence.some((e) => e.source === 'status' && (e.restartCount ?? 0) > 0)

/** Opens a shell like the container's, where it does not live long enough to enter it. */
export const debugCopy = (given: Case, text: string, shell = 'sh'): Remedy => ({
  text,
  command: `kubectl debug ${given.observation.subject.name}${inNamespace(given)} -it --copy-to=${given.observation.subject.name}-debug --container=${given.observation.subject.container ?? 'CONTAINER'} -- ${shell}`,
})

/** A strategic-merge patch of the failing container. */
export const patchContainer = (given: Case, text: string, fields: Readonly<Record<string, unknown>>): Remedy => ({
  text,
  command: `kubectl patch ${workloadOf(given)}${inNamespace(given)} --patch '${JSON.stringify(
    withPodSpec(given, { [listOf(given)]: [{ name: given.observation.subject.container ?? 'CONTAINER', ...fields }] }),
  )}'`,
})

const listOf = ({ spec }: Case) => (spec?.init === true ? 'initContainers' : 'containers')

/** A patch of the pod's own settings, within its workload's template where it has one. */
export const patchPod = (given: Case, text: string, fields: Readonly<Record<string, unknown>>): Remedy => ({
  text,
  command: `kubectl patch ${workloadOf(given)}${inNamespace(given)} --patch '${JSON.stringify(withPodSpec(given, fields))}'`,
})

function withPodSpec({ observation: { subject } }: Case, spec: Readonly<Record<string, unknown>>): unknown {
  if (subject.workload?.kind === 'CronJob') return { spec: { jobTemplate: { spec: { template: { spec } } } } }
  return subject.workload === undefined ? { spec } : { spec: { template: { spec } } }
}

/** Sets a variable of the container, where that can be done in place. */
export const setVariable = (given: Case, text: string, assignment: string): Remedy => ({
  text,
  command: `kubectl set env ${workloadOf(given)}${containerFlag(given)}${inNamespace(given)} ${assignment}`,
})

/** Shows the manifest of the failing container. */
export const showContainer = (given: Case, text: string): Remedy => ({
  text,
  command: `kubectl get pod ${given.observation.subject.name}${inNamespace(given)} -o jsonpath='{.spec.${listOf(given)}[?(@.name=="${given.observation.subject.container ?? ''}")]}'`,
})

/** The remedies that end every list: what to go back to, and how to see that it worked. */
export const afterwards = (given: Case): readonly Remedy[] => [...undo(given), ...(canRoll(given) ? [watchRollout(given)] : [])]

/** The changes of a manifest that alter what a program is told. */
export const settingsPath = /env|args|command|config|volumes|image/

/** Where the container's settings come from, so that the reader knows where to look. */
export function sourcesOf({ spec }: Case): string {
  const from = [
    ...(spec?.envFrom ?? []),
    ...(spec?.env ?? []).flatMap(({ from: source }) => (source === undefined ? [] : [source.split(' key ')[0] ?? ''])),
  ]
  const mounted = (spec?.mounts ?? []).flatMap(({ volume }) => spec?.facts[`volume:${volume}`] ?? [])
  const all = [...new Set([...from, ...mounted])].filter((source) => /^(?:ConfigMap|Secret)\//.test(source))
  return all.length === 0 ? '' : ` Its settings come from ${all.slice(0, 4).join(', ')}.`
}

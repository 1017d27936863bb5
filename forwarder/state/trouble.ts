import type { ContainerStatus, Pod } from '../../shared/kubernetes.ts'
import { normalise } from '../normalise.ts'

/**
 * What the status of a pod says at a glance. `failing`: worth looking at now. `unsettled`: not ready, which may be a start that takes its
 * time. `signature` is equal for states that say the same, however often and whenever.
 */
export interface Glance {
  readonly trouble: 'none' | 'unsettled' | 'failing'
  readonly signature: string
}

const starting = new Set(['ContainerCreating', 'PodInitializing', ''])
const recently = 15 * 60_000

/** Judges a pod in a few comparisons, since each update of each pod of the cluster comes through here; `observe` has the last word. */
export function glance(pod: Pod, now: number): Glance {
  const { status = {}, metadata, spec } = pod
  const { phase, reason } = status
  const signs: string[] = []
  let unsettled = false
  if (reason !== undefined && reason !== '') signs.push(`${reason}:${normalise(status.message ?? '')}`)
  if (phase === 'Failed') signs.push('Failed')
  for (const condition of status.conditions ?? []) {
    if (condition.status === 'True') continue
    if (condition.type === 'PodScheduled' && condition.reason === 'Unschedulable')
      signs.push(`Unschedulable:${normalise(condition.message ?? '')}`)
    else if (condition.type === 'Ready' && phase === 'Running') unsettled = true
  }
  const sidecars = new Set(
    spec?.initContainers?.filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name),
  )
  for (const container of status.initContainerStatuses ?? [])
    signs.push(...signsOf(container, !sidecars.has(container.name), spec?.restartPolicy, now))
  for (const container of status.containerStatuses ?? []) signs.push(...signsOf(container, false, spec?.restartPolicy, now))
  if (phase === 'Succeeded') return { trouble: 'none', signature: '' }
  if (metadata?.deletionTimestamp !== undefined && signs.length === 0) return { trouble: 'none', signature: '' }
  if (signs.length > 0) return { trouble: 'failing', signature: signs.join('|') }
  return { trouble: unsettled || phase !== 'Running' ? 'unsettled' : 'none', signature: '' }
}

function signsOf(status: ContainerStatus, init: boolean, restartPolicy: string | undefined, now: number): string[] {
  const { name = '', state = {}, lastState, restartCount = 0, ready } = status
  const { waiting, terminated, running } = state
  const last = lastState?.terminated
  if (waiting !== undefined) {
    const reason = waiting.reason ?? ''
    if (!starting.has(reason))
      return [`${name}:${reason}:${normalise(waiting.message ?? '')}:${last?.reason ?? ''}:${last?.exitCode ?? ''}`]
    return last !== undefined && last.exitCode !== 0 ? [`${name}:restarting:${last.reason ?? ''}:${last.exitCode ?? ''}`] : []
  }
  if (terminated !== undefined) {
    const { exitCode = 0, reason = '' } = terminated
    if (exitCode !== 0 || (!init && (restartPolicy ?? 'Always') === 'Always'))
      return [`${name}:terminated:${reason}:${exitCode}:${normalise(terminated.message ?? '')}`]
    return []
  }
  if (running !== undefined && last !== undefined && restartCount > 0) {
    const since = now - Date.parse(running.startedAt ?? '')
    if (ready !== true || Number.isNaN(since) || since < recently)
      return [`${name}:restarted:${last.reason ?? ''}:${last.exitCode ?? ''}:${String(ready ?? false)}`]
  }
  return []
}

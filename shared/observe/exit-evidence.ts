import type { EvidenceOf } from '../evidence.ts'
import type { TerminatedState } from '../kubernetes.ts'
import { utc } from './cluster-event.ts'

/** How a container ended, from its status. */
export function exitEvidence(
  { exitCode, signal, reason, message, startedAt, finishedAt }: TerminatedState,
  state: 'terminated' | 'last',
  shared: { readonly container?: string; readonly restartCount?: number },
): EvidenceOf<'status'> {
  const from = utc(startedAt)
  const to = utc(finishedAt)
  const ended = [reason ?? 'terminated', ...(exitCode === undefined ? [] : [`exit code ${exitCode}`])].join(', ')
  const text = message?.trim()
  return {
    source: 'status',
    state,
    quote: text === undefined || text === '' ? ended : `${ended}: ${text}`,
    ...shared,
    ...(reason !== undefined && { reason }),
    ...(message !== undefined && { message }),
    ...(exitCode !== undefined && { exitCode }),
    ...(signal !== undefined && { signal }),
    ...(from !== undefined && { startedAt: from }),
    ...(to !== undefined && { finishedAt: to, at: to }),
  }
}

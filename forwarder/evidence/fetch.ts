import type { KubernetesObject } from '../../shared/kubernetes.ts'
import type { ContainerLog, Snapshot } from '../../shared/observe/snapshot.ts'
import { ApiError, type ClusterConnection } from '../cluster/connection.ts'
import { trim } from '../state/trim.ts'
import type { Budget, Priority } from './budget.ts'
import type { Want } from './wants.ts'

export interface FetchOptions {
  readonly connection: ClusterConnection
  readonly budget: Budget
  readonly priority: Priority
  readonly salt: string
  readonly onTrouble: (want: Want, error: unknown) => void
}

/** A tail of this size holds the end of any stack trace; a container that writes more in a hundred lines is read again, shorter. */
const tail = { lines: 150, bytes: 128 * 1024 }
const shortTail = { lines: 20, bytes: 128 * 1024 }

/** Asks for all of it, within the budget. What cannot be had is left out: some evidence is better than none. */
export async function fetchAll(wants: readonly Want[], options: FetchOptions): Promise<Snapshot> {
  const parts = await Promise.all(wants.map((want) => fetchOne(want, options)))
  return { objects: parts.flatMap(({ objects }) => objects), logs: parts.flatMap(({ logs }) => logs) }
}

const nothing: Snapshot = { objects: [], logs: [] }

async function fetchOne(want: Want, options: FetchOptions): Promise<Snapshot> {
  const { connection, budget, priority, salt } = options
  try {
    await budget.take(priority)
    if (want.type === 'log') {
      const log = await fetchLog(want, options)
      return log === undefined ? nothing : { objects: [], logs: [log] }
    }
    if (want.type === 'get') {
      const object = await connection.json<KubernetesObject>(want.path, { timeout: 10_000 })
      return { objects: [trim(object, want.kind, salt)], logs: [] }
    }
    const list = await connection.json<{ items?: readonly KubernetesObject[] | null }>(want.path, {
      query: want.query,
      timeout: 10_000,
    })
    return { objects: (list.items ?? []).map((object) => trim(object, want.kind, salt)), logs: [] }
  } catch (error) {
    // Pods and their logs go quickly; a log that is not there any more is no trouble.
    if (!(error instanceof ApiError && (error.status === 404 || error.status === 400))) options.onTrouble(want, error)
    return nothing
  }
}

async function fetchLog(
  want: Want & { type: 'log' },
  { connection, budget, priority }: FetchOptions,
): Promise<ContainerLog | undefined> {
  const { namespace, pod, container, previous } = want
  const read = ({ lines, bytes }: typeof tail) =>
    connection.text(`/api/v1/namespaces/${namespace}/pods/${pod}/log`, {
      query: { container, previous, tailLines: lines, limitBytes: bytes },
      accept: '*/*',
      timeout: 10_000,
    })
  let text = await read(tail)
  // The limit cuts the end off, which is what explains.
  if (Buffer.byteLength(text) >= tail.bytes) {
    await budget.take(priority)
    text = await read(shortTail)
  }
  return text === '' ? undefined : { namespace, pod, container, previous, text }
}

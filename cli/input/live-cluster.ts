import { isKnownKind, kinds, pathOf, type KnownKind, type ReadKind } from '../../forwarder/cluster/kinds.ts'
import { ApiError, connectTo, type ClusterConnection } from '../../forwarder/cluster/connection.ts'
import type { ContainerStatus, KubernetesObject, Pod } from '../../shared/kubernetes.ts'
import { observe } from '../../shared/observe/observe.ts'
import type { ContainerLog } from '../../shared/observe/snapshot.ts'
import { toClusterName } from '../../shared/subject.ts'
import { CommandError, messageOf } from '../failure.ts'
import { accessOf, type AccessOptions } from './access.ts'
import type { Recording } from './dump.ts'
import { cut } from './log-frames.ts'

export interface LiveOptions extends AccessOptions {
  readonly namespace?: string
  readonly allNamespaces?: boolean
}

const page = 500
const lists = 6
const logReads = 8
const tailLines = 500
const logBytes = 512 * 1024

/**
 * Reads what a diagnosis needs from a live cluster: everything that can be listed, page by page, and then the logs of those containers
 * alone that fail by what their status says.
 */
export async function readCluster(options: LiveOptions): Promise<Recording & { readonly namespace: string | undefined }> {
  const access = await accessOf(options)
  const connection = connectTo({ server: access.server, credentials: access.credentials })
  try {
    await greet(connection, access)
    const namespace = options.allNamespaces === true ? undefined : (options.namespace ?? access.namespace)
    const warnings: string[] = []
    const objects: KubernetesObject[] = []
    await pool(lists, Object.keys(kinds).filter(isKnownKind), async (kind) => {
      try {
        for (const object of await listAll(connection, kind, namespace)) objects.push(object)
      } catch (error) {
        const { resource }: ReadKind = kinds[kind]
        if (error instanceof ApiError && error.status === 404) return // an API that this cluster does not serve
        warnings.push(
          error instanceof ApiError && error.status === 403
            ? `may not list ${resource}: diagnosed without them`
            : `${resource} not read: ${messageOf(error)}`,
        )
      }
    })
    const cluster = toClusterName(access.context)
    const at = new Date().toISOString()
    const pods = new Map(objects.filter(({ kind }) => kind === 'Pod').map((pod) => [nameOf(pod), pod as Pod]))
    const failing = observe({ objects, logs: [] }, { cluster, now: at })
    const wanted = failing.flatMap(({ subject, pods: [first] }) =>
      runsToRead(pods.get(`${subject.namespace}/${first ?? subject.name}`), subject.container),
    )
    const logs: ContainerLog[] = []
    await pool(logReads, wanted, async (want) => {
      const text = await readLog(connection, want)
      if (text !== '') logs.push({ ...want, text })
    })
    return { snapshot: { objects, logs }, cluster, at, warnings, namespace }
  } finally {
    connection.close()
  }
}

/** A server that is not there must be told once, with its name, and not by twenty failed lists. */
async function greet(
  connection: ClusterConnection,
  { context, server }: { readonly context: string; readonly server: string },
): Promise<void> {
  try {
    await connection.json('/version', { timeout: 5_000 })
  } catch (error) {
    const who = `context ${context} (${server})`
    if (error instanceof ApiError && error.status === 401)
      throw new CommandError(`${who} refuses these credentials: sign in again`, undefined, { cause: error })
    if (error instanceof ApiError) return
    throw new CommandError(
      `${who} does not answer: ${messageOf(error)}. Is the cluster up, and the way to it open? kulprit diagnose --dump reads a recorded one`,
      undefined,
      {
        cause: error,
      },
    )
  }
}

interface Page {
  readonly items?: readonly KubernetesObject[] | null
  readonly metadata?: { readonly continue?: string }
}

async function listAll(
  connection: ClusterConnection,
  kind: KnownKind,
  namespace: string | undefined,
): Promise<KubernetesObject[]> {
  const { group, version }: ReadKind = kinds[kind]
  const apiVersion = group === '' ? version : `${group}/${version}`
  const objects: KubernetesObject[] = []
  let next: string | undefined
  do {
    const answer: Page = await connection.json(pathOf(kind, namespace), {
      query: { limit: page, continue: next },
      timeout: 30_000,
    })
    for (const item of answer.items ?? []) objects.push({ ...item, kind, apiVersion })
    next = answer.metadata?.continue === '' ? undefined : answer.metadata?.continue
  } while (next !== undefined)
  return objects
}

type Run = Omit<ContainerLog, 'text'>

function runsToRead(pod: Pod | undefined, container: string | undefined): Run[] {
  const { name, namespace } = pod?.metadata ?? {}
  if (name === undefined || namespace === undefined) return []
  const statuses = [...(pod?.status?.initContainerStatuses ?? []), ...(pod?.status?.containerStatuses ?? [])]
  const failing = statuses.filter((status) =>
    container === undefined ? (status.restartCount ?? 0) > 0 : status.name === container,
  )
  return failing.flatMap((status) =>
    previousOrNot(status).map((previous) => ({ namespace, pod: name, container: status.name ?? '', previous })),
  )
}

/** A container that never started has no log to ask for. */
function previousOrNot({ state, lastState, restartCount = 0 }: ContainerStatus): boolean[] {
  const now = state?.running !== undefined || state?.terminated !== undefined || lastState?.terminated !== undefined
  return [...(now ? [false] : []), ...(restartCount > 0 ? [true] : [])]
}

async function readLog(connection: ClusterConnection, { namespace, pod, container, previous }: Run): Promise<string> {
  try {
    const query = { container, previous, tailLines, limitBytes: logBytes }
    return cut(
      await connection.text(`/api/v1/namespaces/${namespace}/pods/${pod}/log`, { query, accept: '*/*', timeout: 10_000 }),
    )
  } catch {
    return '' // a pod that has gone meanwhile, or a node that does not answer: the rest of the evidence must do
  }
}

const nameOf = ({ metadata }: KubernetesObject) => `${metadata?.namespace}/${metadata?.name}`

async function pool<T>(width: number, items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items[Symbol.iterator]()
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const item of queue) await work(item)
    }),
  )
}

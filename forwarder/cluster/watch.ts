import type { KubernetesObject } from '../../shared/kubernetes.ts'
import { backOff, pause, type BackOff } from '../back-off.ts'
import { ApiError, type ClusterConnection } from './connection.ts'

export interface WatchSettings {
  readonly pageSize: number
  /** A server may say nothing for a minute between bookmarks; a connection that is silent for longer is taken for dead. */
  readonly idle: number
  readonly backOff: BackOff
  readonly random: () => number
}

export const watchSettings: WatchSettings = {
  pageSize: 200,
  idle: 150_000,
  backOff: { first: 500, limit: 8_000 },
  random: Math.random,
}

export interface WatchSink {
  /** An object that exists; `listed` says that it came from a list, so that it may have existed for long. */
  readonly upsert: (object: KubernetesObject, listed: boolean) => void
  readonly remove: (object: KubernetesObject) => void
  /** After a list: everything that was not in it is gone. */
  readonly settle: () => void
  readonly begin: () => void
}

export interface WatchOptions {
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** Metadata alone, for kinds of which nothing else is wanted. */
  readonly metadataOnly?: boolean
  readonly signal: AbortSignal
  readonly settings: WatchSettings
  readonly onTrouble: (error: unknown, path: string) => void
  readonly onRelist?: (path: string) => void
}

interface Page {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string }
  readonly items?: readonly KubernetesObject[] | null
}
interface WatchFrame {
  readonly type: string
  readonly object: KubernetesObject & { readonly code?: number; readonly message?: string }
}

const metadataOnly = (list: string) => `application/json;as=PartialObjectMetadata${list};g=meta.k8s.io;v=v1,application/json`

/** The history that a watch asked for is compacted: only a new list can tell what happened. */
class ExpiredError extends Error {
  override readonly name = 'ExpiredError'
}

/**
 * Keeps a sink in step with one kind of object until the signal: lists in pages, watches with bookmarks, takes the watch up again where
 * it broke off, and lists anew when the server has forgotten that place. `listed` resolves after the first list.
 */
export function keepWatching(connection: ClusterConnection, sink: WatchSink, options: WatchOptions) {
  let resolveListed = () => {}
  const listed = new Promise<void>((resolve) => {
    resolveListed = resolve
  })
  const ended = run(connection, sink, options, () => resolveListed())
  return { listed, ended }
}

async function run(connection: ClusterConnection, sink: WatchSink, options: WatchOptions, onListed: () => void): Promise<void> {
  const { signal, settings, path, onTrouble } = options
  let version: string | undefined
  let failures = 0
  while (!signal.aborted) {
    try {
      if (version === undefined) {
        options.onRelist?.(path)
        version = await list(connection, sink, options)
        failures = 0
        onListed()
      }
      const from = version
      version = await watch(connection, sink, options, from, (seen) => {
        version = seen
        failures = 0
      })
      // A server that ends a watch without a word is about to go, or overloaded.
      if (version === from) await pause(backOff(failures++, settings.backOff, settings.random), signal)
    } catch (error) {
      if (signal.aborted) return
      if (isExpired(error)) version = undefined
      onTrouble(error, path)
      await pause(backOff(failures++, settings.backOff, settings.random), signal)
    }
  }
}

const isExpired = (error: unknown) => error instanceof ExpiredError || (error instanceof ApiError && error.status === 410)

async function list(connection: ClusterConnection, sink: WatchSink, options: WatchOptions): Promise<string> {
  const { path, query, signal, settings } = options
  sink.begin()
  let token: string | undefined
  for (;;) {
    const page: Page = await connection.json<Page>(path, {
      query: { ...query, limit: settings.pageSize, continue: token },
      ...(options.metadataOnly === true && { accept: metadataOnly('List') }),
      signal,
      timeout: 60_000,
    })
    for (const object of page.items ?? []) sink.upsert(object, true)
    token = page.metadata?.continue || undefined
    if (token === undefined) {
      sink.settle()
      return page.metadata?.resourceVersion ?? '0'
    }
  }
}

/** Resolves to the version to go on from when the server ends the watch, as it does every few minutes. */
async function watch(
  connection: ClusterConnection,
  sink: WatchSink,
  { path, query, signal, settings, ...options }: WatchOptions,
  from: string,
  onVersion: (version: string) => void,
): Promise<string> {
  let version = from
  await connection.lines(
    path,
    {
      query: {
        ...query,
        watch: true,
        allowWatchBookmarks: true,
        resourceVersion: from,
        timeoutSeconds: 300 + Math.floor(settings.random() * 300),
      },
      ...(options.metadataOnly === true && { accept: metadataOnly('') }),
      signal,
      idle: settings.idle,
    },
    (line) => {
      const { type, object } = JSON.parse(line) as WatchFrame
      if (type === 'ERROR') {
        if (object.code === 410) throw new ExpiredError(`watch ${path}: ${object.message ?? 'expired'}`)
        throw new Error(`watch ${path}: ${object.code ?? ''} ${object.message ?? ''}`)
      }
      const next = (object.metadata as { resourceVersion?: string } | undefined)?.resourceVersion
      if (next !== undefined) {
        version = next
        onVersion(next)
      }
      if (type === 'DELETED') sink.remove(object)
      else if (type === 'ADDED' || type === 'MODIFIED') sink.upsert(object, false)
    },
  )
  return version
}

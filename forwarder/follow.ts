import type { KubernetesObject } from '../shared/kubernetes.ts'
import { ApiError, type ClusterConnection } from './cluster/connection.ts'
import { kinds, pathOf, type KnownKind, type ReadKind } from './cluster/kinds.ts'
import { keepWatching, type WatchSettings } from './cluster/watch.ts'
import type { ClusterState } from './state/cluster-state.ts'

export interface FollowOptions {
  readonly connection: ClusterConnection
  readonly state: ClusterState
  readonly namespaces: readonly string[]
  readonly settings: WatchSettings
  readonly signal: AbortSignal
  readonly onTrouble: (error: unknown, kind: string) => void
  readonly onRelist: (kind: string) => void
  readonly onHeard: () => void
  /** A kind that may not be read, or that this cluster does not have: the rest is followed all the same. */
  readonly onDenied: (kind: string, error: ApiError) => void
}

/** Follows every watched kind, owners before what they own, events last; resolves when each has been listed once. */
export async function follow(options: FollowOptions): Promise<void> {
  const { namespaces } = options
  const watched = (Object.entries(kinds) as [KnownKind, ReadKind][]).filter(([, { watched }]) => watched)
  // Pods want to know their owners, and events their objects.
  for (const wave of [
    (kind: KnownKind) => kind !== 'Pod' && kind !== 'Event',
    (kind: KnownKind) => kind === 'Pod',
    (kind: KnownKind) => kind === 'Event',
  ]) {
    await Promise.all(
      watched
        .filter(([kind]) => wave(kind))
        .flatMap(([kind, { clusterWide }]) => {
          if (namespaces.length === 0) return [followKind(kind, undefined, options)]
          return clusterWide ? [] : namespaces.map((namespace) => followKind(kind, namespace, options))
        }),
    )
  }
}

function followKind(kind: KnownKind, namespace: string | undefined, options: FollowOptions): Promise<void> {
  const { connection, state, settings, signal, onTrouble, onRelist, onHeard, onDenied } = options
  const { metadataOnly }: ReadKind = kinds[kind]
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const sink = {
      begin: () => state.beginList(kind, namespace),
      settle: () => state.endList(kind, namespace),
      upsert: (object: KubernetesObject, listed: boolean) => {
        onHeard()
        state.apply(kind, object, listed)
      },
      remove: (object: KubernetesObject) => {
        onHeard()
        state.remove(kind, object)
      },
    }
    const { listed } = keepWatching(connection, sink, {
      path: pathOf(kind, namespace),
      ...(metadataOnly === true && { metadataOnly }),
      signal,
      settings,
      onRelist: () => onRelist(kind),
      onTrouble: (error) => {
        onTrouble(error, kind)
        if (error instanceof ApiError && (error.status === 403 || error.status === 404)) {
          onDenied(kind, error)
          resolve()
        }
      },
    })
    void listed.then(resolve)
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

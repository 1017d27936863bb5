import { pause } from './back-off.ts'
import { ApiError, type ClusterConnection } from './cluster/connection.ts'

export interface LeaderSettings {
  /** A leader that has not renewed for so long is taken for dead. */
  readonly duration: number
  readonly renew: number
  readonly timeout: number
}

export const leaderSettings: LeaderSettings = { duration: 15_000, renew: 3_000, timeout: 5_000 }

export interface LeaderOptions {
  readonly connection: ClusterConnection
  readonly namespace: string
  readonly name: string
  readonly identity: string
  readonly settings: LeaderSettings
  readonly now: () => number
  readonly signal: AbortSignal
  readonly onTrouble: (error: unknown) => void
  /** Called when this one becomes the leader; `lost` is given when it is no longer. */
  readonly lead: (lost: AbortSignal) => Promise<void>
}

interface Lease {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace: string; readonly resourceVersion?: string }
  readonly spec?: {
    readonly holderIdentity?: string
    readonly leaseDurationSeconds?: number
    readonly acquireTime?: string
    readonly renewTime?: string
    readonly leaseTransitions?: number
  }
}

/**
 * Leads while it holds the Lease, and stands by otherwise. As client-go does, it never compares another machine's clock with its own: a
 * lease has run out when it has not changed for its duration by this clock.
 */
export async function standForLeader(options: LeaderOptions): Promise<void> {
  const { connection, namespace, name, identity, settings, now, signal } = options
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`
  let seen: { readonly version: string; readonly at: number } | undefined
  let term: { readonly controller: AbortController; readonly ended: Promise<void>; renewedAt: number } | undefined

  const read = async (): Promise<Lease | undefined> => {
    try {
      return await connection.json<Lease>(`${path}/${name}`, { timeout: settings.timeout })
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined
      throw error
    }
  }

  async function write(lease: Lease | undefined, holder: string): Promise<void> {
    const time = new Date(now()).toISOString().replace('Z', '000Z')
    const isNew = lease?.spec?.holderIdentity !== holder
    const body: Lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: lease?.metadata ?? { name, namespace },
      spec: {
        ...lease?.spec,
        holderIdentity: holder,
        leaseDurationSeconds: Math.max(1, Math.round(settings.duration / 1000)),
        renewTime: time,
        ...(isNew && { acquireTime: time, leaseTransitions: (lease?.spec?.leaseTransitions ?? -1) + 1 }),
      },
    }
    // The resource version in the body makes a write by somebody else in between a conflict.
    if (lease === undefined) await connection.json(path, { method: 'POST', body, timeout: settings.timeout })
    else await connection.json(`${path}/${name}`, { method: 'PUT', body, timeout: settings.timeout })
  }

  /** True where the Lease is ours now. */
  async function acquire(): Promise<boolean> {
    const lease = await read()
    const holder = lease?.spec?.holderIdentity ?? ''
    const version = lease?.metadata.resourceVersion ?? ''
    if (seen?.version !== version) seen = { version, at: now() }
    const isFree = lease === undefined || holder === '' || holder === identity || now() - seen.at >= settings.duration
    if (!isFree) return false
    await write(lease, identity)
    return true
  }

  function resign(): Promise<void> {
    if (term === undefined) return Promise.resolve()
    const { controller, ended } = term
    term = undefined
    controller.abort()
    return ended
  }

  while (!signal.aborted) {
    try {
      const isOurs = await acquire()
      if (isOurs && term === undefined) {
        const controller = new AbortController()
        term = { controller, renewedAt: now(), ended: options.lead(controller.signal).catch(options.onTrouble) }
      } else if (isOurs && term !== undefined) term.renewedAt = now()
      else await resign()
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 409)) options.onTrouble(error)
      // Another may lead as soon as the lease has run out: this one must have stopped before.
      if (term !== undefined && now() - term.renewedAt > settings.duration * 0.7) await resign()
    }
    await pause(settings.renew, signal)
  }
  const wasLeader = term !== undefined
  await resign()
  if (!wasLeader) return
  try {
    const lease = await read()
    if (lease?.spec?.holderIdentity === identity) await write(lease, '')
  } catch (error) {
    options.onTrouble(error)
  }
}

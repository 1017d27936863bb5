import { createHash } from 'node:crypto'
import type { Incident } from './incident.ts'

/** The one table as data: what CDK, the local host and the tests create it from. */
export const tableShape = {
  partitionKey: 'pk',
  sortKey: 'sk',
  timeToLive: 'expiresAt',
  indexes: [
    { name: 'recent', partitionKey: 'recentKey', sortKey: 'changedKey', projected: ['summary', 'search', 'expiresAt'] },
    { name: 'cluster', partitionKey: 'clusterKey', sortKey: 'changedKey', projected: ['summary', 'search', 'expiresAt'] },
    { name: 'cause', partitionKey: 'causeKey', sortKey: 'changedKey', projected: ['summary', 'search', 'expiresAt'] },
    /** Sparse: open incidents by their last change, and message groups by when they are due. */
    { name: 'live', partitionKey: 'liveKey', sortKey: 'liveSort', projected: ['summary', 'search', 'expiresAt'] },
  ],
} as const satisfies TableShape

export interface TableShape {
  readonly partitionKey: string
  readonly sortKey: string
  readonly timeToLive: string
  readonly indexes: readonly {
    readonly name: string
    readonly partitionKey: string
    readonly sortKey: string
    readonly projected: readonly string[]
  }[]
}

export type IndexName = (typeof tableShape.indexes)[number]['name']

/**
 * A list over all clusters is spread over this many keys, by a hash of the cluster's name, so that none takes all writes however
 * many clusters there are: 4 keys take 4,000 changes a second. All are sorted by the same key, so that a page is one query to each
 * at once, merged, and one cursor serves them all.
 */
const shards = ['0', '1', '2', '3'] as const

const shardOf = (cluster: string): string =>
  shards[(createHash('sha256').update(cluster).digest()[0] ?? 0) % shards.length] ?? '0'

/** The partitions of a list: those of one cluster's shard where the cluster is known, else all. */
const partitions = (prefix: string, cluster?: string): string[] =>
  (cluster === undefined ? shards : [shardOf(cluster)]).map((shard) => `${prefix}#${shard}`)

export interface Key {
  readonly pk: string
  readonly sk: string
}

export const keys = {
  incident: (id: string): Key => ({ pk: `incident#${id}`, sk: 'incident' }),
  /** Which group told of the incident last. */
  home: (id: string): Key => ({ pk: `incident#${id}`, sk: 'group' }),
  /** All that is known of a workload lies under one key: its incidents' ids and its last recovery. */
  workload: (cluster: string, namespace: string | undefined, { kind, name }: { kind: string; name: string }): string =>
    `workload#${cluster}#${namespace ?? ''}#${kind}/${name}`,
  cluster: (name: string): Key => ({ pk: `clusters#${shardOf(name)}`, sk: name }),
  clusters: (): string[] => partitions('clusters'),
  group: (key: string): Key => ({ pk: `group#${key}`, sk: 'group' }),
  member: (group: string, id: string): Key => ({ pk: `group#${group}`, sk: `member#${id}` }),
  silence: (id: string): Key => ({ pk: 'silences', sk: id }),
  day: (day: string, cluster?: string): string[] => partitions(`day#${day}`, cluster),
  dayRow: (day: string, { cluster, id }: { cluster: string; id: string }): Key => ({
    pk: `day#${day}#${shardOf(cluster)}`,
    sk: id,
  }),
  due: (): string[] => partitions('due'),
  dueIn: (cluster: string): string => `due#${shardOf(cluster)}`,
}

/** Where a list is read: one index, and its partitions. */
export interface ListPlan {
  readonly index: IndexName
  readonly partitions: readonly string[]
}

/** Chooses the narrowest list that holds what is asked for. */
export function planList({
  statuses,
  cluster,
  cause,
}: {
  readonly statuses?: readonly string[] | undefined
  readonly cluster?: string | undefined
  readonly cause?: string | undefined
}): ListPlan {
  if (statuses !== undefined && !statuses.includes('resolved')) return { index: 'live', partitions: partitions('open', cluster) }
  if (cluster !== undefined) return { index: 'cluster', partitions: [`cluster#${cluster}`] }
  if (cause !== undefined) return { index: 'cause', partitions: partitions(`cause#${cause}`) }
  return { index: 'recent', partitions: partitions('recent') }
}

/** The keys under which the indexes hold an incident; lists are sorted by the last change. */
export function indexKeysOf({ id, cluster, cause, status, changedAt }: Incident): Record<string, string> {
  const changedKey = `${changedAt}#${id}`
  const shard = shardOf(cluster)
  return {
    recentKey: `recent#${shard}`,
    clusterKey: `cluster#${cluster}`,
    causeKey: `cause#${cause}#${shard}`,
    changedKey,
    ...(status !== 'resolved' && { liveKey: `open#${shard}`, liveSort: changedKey }),
  }
}

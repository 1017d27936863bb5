import type { ClusterIndex } from './cluster-index.ts'

/** How long a claim may stay without a volume before that is a failure, in milliseconds: a provisioner or an administrator takes some seconds; one that has refused is not waited for. */
export const claimGrace = { unbound: 10_000, refused: 4_000 } as const

/** Whether the controllers have warned of the claim. */
export const isWarnedOf = (index: ClusterIndex, namespace: string | undefined, claim: string | undefined): boolean =>
  claim !== undefined && index.eventsOf('PersistentVolumeClaim', namespace, claim).some(({ type }) => type === 'Warning')

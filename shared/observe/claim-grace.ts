import type { ClusterIndex } from './cluster-index.ts'

interface Volume {
  readonly spec?: { readonly claimRef?: { readonly namespace?: string; readonly name?: string } }
  readonly status?: { readonly phase?: string }
}

/**
 * How long a claim may stay without a volume before that is a failure, in milliseconds: a provisioner or an administrator takes
 * some seconds, one that has refused is not waited for, and a free volume that is reserved for the claim is about to be bound.
 */
export function claimGrace(index: ClusterIndex, namespace: string | undefined, claim: string | undefined): number {
  if (claim === undefined) return 0
  if (isReserved(index, namespace, claim)) return 60_000
  return index.eventsOf('PersistentVolumeClaim', namespace, claim).some(({ type }) => type === 'Warning') ? 4_000 : 10_000
}

const isReserved = (index: ClusterIndex, namespace: string | undefined, claim: string) =>
  (index.all('PersistentVolume') as readonly Volume[]).some(
    ({ spec, status }) =>
      spec?.claimRef?.name === claim && spec.claimRef.namespace === namespace && status?.phase === 'Available',
  )

import type { Observation } from '../observation.ts'
import { evidenceOfClaim, type Claim } from './claim-evidence.ts'
import { claimGrace } from './claim-grace.ts'
import type { ClusterIndex } from './cluster-index.ts'
import { eventEvidence } from './container-evidence.ts'
import { toObservations, type Sighting } from './draft.ts'
import type { ObserveOptions } from './observer.ts'

/** A provisioner may take its time, and a claim that waits for its first pod waits rightly. */
const grace = 60_000

const ofClaim =
  /^(?:ProvisioningFailed|FailedBinding|FailedMount|VolumeResizeFailed|VolumeMismatch|VolumeBindingFailed|ClaimLost|ClaimMisbound|ProvisioningCleanupFailed|ExternalProvisioning)$/

/** Finds claims that get no volume; those whose pod waits for them are told with the pod. */
export function observeVolumes(index: ClusterIndex, options: ObserveOptions): Observation[] {
  const known = (index.all('PersistentVolumeClaim') as readonly Claim[]).flatMap((claim) => knownClaim(index, claim, options.now))
  return toObservations(index, options, [...known, ...unknownClaims(index)])
}

function knownClaim(index: ClusterIndex, claim: Claim, now: string): Sighting[] {
  const { namespace, name = '', uid, creationTimestamp, deletionTimestamp } = claim.metadata ?? {}
  const phase = claim.status?.phase ?? (claim.spec?.volumeName === undefined ? 'Pending' : 'Bound')
  if (deletionTimestamp !== undefined || phase === 'Bound') return []
  const events = index.eventsOf('PersistentVolumeClaim', namespace, name, uid)
  const warned = events.some(
    ({ type, reason }) =>
      type === 'Warning' || (reason === 'FailedBinding' && ofClaim.test(reason)) || reason === 'ExternalProvisioning',
  )
  const waits = events.at(-1)?.reason === 'WaitForFirstConsumer' || events.at(-1)?.reason === 'WaitForPodScheduled'
  const age = creationTimestamp === undefined ? Infinity : Date.parse(now) - Date.parse(creationTimestamp)
  if (waits || (!warned && (age < grace || isLate(index, claim)))) return []
  if (age < claimGrace(index, namespace, name) && phase !== 'Lost') return []
  const at = events.findLast(({ type }) => type === 'Warning')?.lastAt
  return [{ object: claim, symptom: phase, evidence: evidenceOfClaim(index, claim), ...(at !== undefined && { failedAt: at }) }]
}

/** Its class binds only once a pod wants it. */
function isLate(index: ClusterIndex, { spec }: Claim): boolean {
  const used = spec?.storageClassName
    ? (index.get('StorageClass', undefined, spec.storageClassName) as { volumeBindingMode?: string } | undefined)
    : undefined
  return used?.volumeBindingMode === 'WaitForFirstConsumer'
}

function unknownClaims(index: ClusterIndex): Sighting[] {
  const latest = new Map<string, Sighting>()
  for (const event of index.events) {
    const { kind, namespace, name, uid } = event.involved
    if (kind !== 'PersistentVolumeClaim' || !ofClaim.test(event.reason)) continue
    if (index.all('PersistentVolumeClaim').some(({ metadata }) => metadata?.namespace === namespace)) continue
    if (index.eventsOf(kind, namespace, name).some(({ reason }) => reason === 'ProvisioningSucceeded')) continue
    const object = { kind, metadata: { name, ...(namespace !== undefined && { namespace }), ...(uid !== undefined && { uid }) } }
    const before = latest.get(`${namespace} ${name}`)
    latest.set(`${namespace} ${name}`, {
      object,
      symptom: 'Pending',
      evidence: [eventEvidence(event, object), ...(before?.evidence ?? [])],
      ...(event.lastAt !== undefined && { failedAt: event.lastAt }),
    })
  }
  return [...latest.values()]
}

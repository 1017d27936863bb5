import type { Evidence, EvidenceOf } from '../evidence.ts'
import type { Condition, KubernetesObject, Pod } from '../kubernetes.ts'
import type { ClusterIndex } from './cluster-index.ts'
import { eventEvidence } from './container-evidence.ts'
import { similarTo } from './similar-name.ts'

export interface Claim extends KubernetesObject {
  readonly spec?: {
    readonly storageClassName?: string | null
    readonly volumeName?: string
    readonly accessModes?: readonly string[]
    readonly resources?: { readonly requests?: { readonly storage?: string } }
  }
  readonly status?: { readonly phase?: string; readonly conditions?: readonly Condition[] }
}

interface Volume extends KubernetesObject {
  readonly spec?: {
    readonly storageClassName?: string
    readonly capacity?: { readonly storage?: string }
    readonly accessModes?: readonly string[]
    readonly nodeAffinity?: {
      readonly required?: {
        readonly nodeSelectorTerms?: readonly {
          readonly matchExpressions?: readonly { readonly key?: string; readonly values?: readonly string[] }[]
        }[]
      }
    }
    readonly claimRef?: { readonly namespace?: string; readonly name?: string }
  }
  readonly status?: { readonly phase?: string }
}

interface StorageClass extends KubernetesObject {
  readonly provisioner?: string
  readonly volumeBindingMode?: string
}

/** The claims of a pod that are not bound or do not exist, with what the cluster says of each. */
export function claimEvidence(index: ClusterIndex, pod: Pod): Evidence[] {
  const namespace = pod.metadata?.namespace
  const names = (pod.spec?.volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [])
  return names.flatMap((name) => {
    const claim = index.get('PersistentVolumeClaim', namespace, name) as Claim | undefined
    return claim === undefined ? missingClaim(index, namespace, name) : evidenceOfClaim(index, claim)
  })
}

function missingClaim(index: ClusterIndex, namespace: string | undefined, name: string): Evidence[] {
  const others = index.all('PersistentVolumeClaim').filter(({ metadata }) => metadata?.namespace === namespace)
  // Where a snapshot holds no claim at all, it may simply lack them.
  if (others.length === 0) return []
  const similar = similarTo(
    name,
    others.map(({ metadata }) => metadata?.name ?? ''),
  )
  return [
    {
      source: 'object',
      quote: `PersistentVolumeClaim ${name} is not among the claims of namespace ${namespace ?? 'default'}`,
      reason: 'ClaimMissing',
      object: { kind: 'PersistentVolumeClaim', name },
      facts: { claim: name, ...(similar !== undefined && { similar }) },
    },
  ]
}

/** What a claim is, and the warnings about it, the latest first. */
export function evidenceOfClaim(index: ClusterIndex, claim: Claim): Evidence[] {
  const { namespace, name = '', uid } = claim.metadata ?? {}
  const phase = claim.status?.phase ?? 'Pending'
  const events = index.eventsOf('PersistentVolumeClaim', namespace, name, uid)
  if (phase === 'Bound') return boundTo(index, claim)
  const told = events.toReversed().filter((event, at, all) => all.findIndex(({ message }) => message === event.message) === at)
  return [claimState(index, claim, phase), ...told.slice(0, 8).map((event) => eventEvidence(event, claim))]
}

function claimState(index: ClusterIndex, claim: Claim, phase: string): EvidenceOf<'object'> {
  const { name = '' } = claim.metadata ?? {}
  const { storageClassName, accessModes = [], resources } = claim.spec ?? {}
  const size = resources?.requests?.storage
  const classes = index.all('StorageClass') as readonly StorageClass[]
  const used = classes.find(({ metadata }) => metadata?.name === storageClassName)
  const similar = storageClassName
    ? similarTo(
        storageClassName,
        classes.map(({ metadata }) => metadata?.name ?? ''),
      )
    : undefined
  const facts: Record<string, string> = { claim: name, phase, modes: accessModes.join(', ') }
  if (size !== undefined) facts['size'] = size
  if (storageClassName) facts['class'] = storageClassName
  if (classes.length > 0) facts['classes'] = classes.map(({ metadata }) => metadata?.name ?? '').join(', ')
  if (used?.provisioner !== undefined) facts['provisioner'] = used.provisioner
  if (used?.volumeBindingMode !== undefined) facts['binding'] = used.volumeBindingMode
  if (storageClassName && used === undefined && classes.length > 0 && similar !== undefined) facts['similar'] = similar
  const volumes = volumesFor(index, claim)
  if (volumes !== '') facts['volumes'] = volumes
  return {
    source: 'object',
    quote: `PersistentVolumeClaim ${name} is ${phase}${size === undefined ? '' : `, asks for ${size}`}${storageClassName ? ` of class ${storageClassName}` : ', names no storage class'}`,
    reason: `Claim${phase}`,
    object: { kind: 'PersistentVolumeClaim', name },
    facts,
  }
}

/** The volumes of the claim's class that are there, and are not for it. */
function volumesFor(index: ClusterIndex, { spec }: Claim): string {
  return (index.all('PersistentVolume') as readonly Volume[])
    .filter((volume) => (volume.spec?.storageClassName ?? '') === (spec?.storageClassName ?? ''))
    .slice(0, 4)
    .map(({ metadata, spec: has, status }) =>
      [
        metadata?.name,
        has?.capacity?.storage,
        status?.phase,
        has?.claimRef && `for ${has.claimRef.namespace}/${has.claimRef.name}`,
      ]
        .filter(Boolean)
        .join(' '),
    )
    .join('; ')
}

/** Where the volume of a bound claim can be used. */
function boundTo(index: ClusterIndex, claim: Claim): Evidence[] {
  const volume =
    claim.spec?.volumeName === undefined
      ? undefined
      : (index.get('PersistentVolume', undefined, claim.spec.volumeName) as Volume | undefined)
  const places = (volume?.spec?.nodeAffinity?.required?.nodeSelectorTerms ?? []).flatMap(({ matchExpressions = [] }) =>
    matchExpressions.map(({ key = '', values = [] }) => `${key} in (${values.join(', ')})`),
  )
  const name = volume?.metadata?.name
  if (name === undefined || places.length === 0) return []
  const claimName = claim.metadata?.name ?? ''
  return [
    {
      source: 'object',
      quote: `PersistentVolume ${name} of claim ${claimName} can only be used where ${places.join(' and ')}`,
      reason: 'VolumePlace',
      object: { kind: 'PersistentVolume', name },
      facts: { claim: claimName, volume: name, place: places.join(' and ') },
    },
  ]
}

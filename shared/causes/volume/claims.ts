import type { AnyClue, Case, Cause, Facts } from '../cause.ts'
import type { Observation } from '../../observation.ts'
import { changed, editWorkload, inNamespace, pods, undo, watchRollout, who, within } from '../wording.ts'
import { predicateClues } from '../scheduling/predicate.ts'

/** The facts of the claim that the observation shows. */
export const claimFacts = ({ evidence }: Observation): Facts =>
  evidence.flatMap((piece) => (piece.source === 'object' && piece.facts['claim'] !== undefined ? [piece.facts] : []))[0] ?? {}

/** The claim by name: of the evidence, of a message, or of the subject itself. */
export function claimOf({ observation, facts }: Case): string {
  const { subject } = observation
  if (subject.kind === 'PersistentVolumeClaim') return subject.name
  const named = claimFacts(observation)['claim'] ?? facts['claim'] ?? facts['detail'] ?? facts['name']
  const spec = observation.evidence.find((piece) => piece.source === 'spec')
  const ofSpec = Object.entries(spec?.facts ?? {}).find(
    ([fact, value]) => fact.startsWith('volume:') && value.startsWith('PersistentVolumeClaim/'),
  )?.[1]
  return named ?? ofSpec?.split('/')[1] ?? 'CLAIM'
}

/** The storage class, wherever it is named. */
export const classOf = (given: Case): string | undefined =>
  claimFacts(given.observation)['class'] ?? given.facts['class'] ?? given.facts['detail']

/** Words of the events of a claim, or of a pod that waits for it. */
export function claimClues(text: RegExp, weight: number, unless?: RegExp): readonly AnyClue[] {
  const shared = { text, ...(unless !== undefined && { unless }), confidence: 'certain', weight } as const
  return [
    {
      ...shared,
      source: 'event',
      when: ({ reason }) =>
        !/^(?:Failed|BackOff|Unhealthy|FailedCreate|FailedAttachVolume|FailedMount|FailedMapVolume)$/.test(reason),
    },
    { ...shared, source: 'status', when: ({ state }) => state === 'condition' },
  ]
}

const latestFirst = (wanted: RegExp, other: RegExp) => (at: string | undefined, all: Observation) =>
  !all.evidence.some(
    (piece) =>
      piece.source === 'event' &&
      piece.at !== undefined &&
      at !== undefined &&
      piece.at > at &&
      other.test(piece.quote) &&
      !wanted.test(piece.quote) &&
      piece.type === 'Warning',
  )

const classMissing =
  /storageclass(?:\.storage\.k8s\.io)?s? "?(?<class>[\w.-]+)"? (?:not found|does not exist)|unable to find (?:default )?storage ?class|couldn't find storage ?class/i
const provisioning =
  /failed to provision volume|ProvisioningFailed|no volume plugin matched|error (?:creating|provisioning)|failed to create (?:volume|subvolume)|CreateVolume|could not create volume|rpc error|Failed to provision/i

/** Claims that do not exist or get no volume. */
export const claims: readonly Cause[] = [
  {
    code: 'PvcNotFound',
    family: 'volume',
    title: 'A PersistentVolumeClaim does not exist',
    severity: 'critical',
    meaning: 'The pod names a PersistentVolumeClaim that does not exist.',
    knownBy: ['The scheduler says `persistentvolumeclaim "..." not found`.'],
    clues: [
      {
        source: 'object',
        reason: ['Unschedulable'],
        confidence: 'certain',
        weight: 78,
        when: ({ facts }) => facts['predicate'] === 'claim-missing',
      },
      { source: 'object', reason: ['ClaimMissing'], confidence: 'certain', weight: 77 },
      ...claimClues(/persistentvolumeclaims? "?(?<claim>[^"\s]+)"? not found/i, 76),
      {
        source: 'event',
        reason: ['FailedMount', 'FailedAttachVolume', 'FailedScheduling'],
        text: /persistentvolumeclaims? "?(?<claim>[^"\s]+)"? not found|failed to get PVC|error getting PVC [^:]+: .{0,160}not found/i,
        confidence: 'certain',
        weight: 76,
      },
    ],
    explain: (given) => {
      const claim = claimOf(given)
      const { similar } = claimFacts(given.observation)
      return `${who(given)} mounts the claim ${claim}, and namespace ${given.observation.subject.namespace ?? 'default'} has no claim of that name${similar === undefined ? '' : `; there is one called ${similar}`}. The pod is scheduled as soon as it exists; a claim of another namespace does not count.${changed(given, /volume|claim/i)}${pods(given)}`
    },
    remedies: (given) => {
      const { similar } = claimFacts(given.observation)
      return [
        { text: 'See which claims there are.', command: `kubectl get pvc${inNamespace(given)}` },
        editWorkload(
          given,
          similar === undefined
            ? 'Correct claimName in the manifest.'
            : `If ${similar} is meant, correct claimName in the manifest.`,
        ),
        {
          text: 'Or create the claim.',
          command: `kubectl apply${inNamespace(given)} -f - <<'EOF'\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: ${claimOf(given)}\nspec:\n  accessModes: [ReadWriteOnce]\n  resources:\n    requests:\n      storage: 10Gi\nEOF`,
        },
        ...undo(given),
        watchRollout(given),
      ]
    },
    factor: (given) => `PersistentVolumeClaim/${claimOf(given)}`,
  },
  {
    code: 'StorageClassNotFound',
    family: 'volume',
    title: 'A claim names a StorageClass that does not exist',
    severity: 'critical',
    meaning: 'The claim names a StorageClass that does not exist.',
    knownBy: ['The claim\'s events say `storageclass.storage.k8s.io "..." not found`.'],
    clues: [
      {
        source: 'event',
        text: classMissing,
        confidence: 'certain',
        weight: 80,
        when: ({ at, reason }, all) => reason !== 'Failed' && latestFirst(classMissing, provisioning)(at, all),
      },
      { source: 'event', text: classMissing, confidence: 'likely', weight: 60 },
      {
        source: 'object',
        reason: ['Unschedulable'],
        confidence: 'certain',
        weight: 79,
        when: ({ facts }) => facts['predicate'] === 'class-missing',
      },
      {
        source: 'object',
        reason: ['ClaimPending'],
        confidence: 'certain',
        weight: 74,
        when: ({ facts }) =>
          facts['class'] !== undefined &&
          facts['classes'] !== undefined &&
          facts['provisioner'] === undefined &&
          facts['binding'] === undefined &&
          !facts['classes'].split(', ').includes(facts['class']) &&
          (facts['volumes'] ?? '') === '',
      },
    ],
    explain: (given) => {
      const { classes, similar } = claimFacts(given.observation)
      return `Claim ${claimOf(given)} asks for a volume of class ${classOf(given) ?? 'that it names'}, and the cluster has no such class${classes === undefined ? '' : ` (it has ${classes})`}${similar === undefined ? '' : `; ${similar} may be meant`}. Nothing provisions a volume for it, so that ${within(given)} waits.${pods(given)}`
    },
    remedies: (given) => {
      const { similar } = claimFacts(given.observation)
      return [
        { text: 'See which classes there are, and which is the default.', command: 'kubectl get storageclass' },
        {
          text: 'The class of a claim cannot be changed: delete the claim (it holds no data yet), and create it with the right class.',
          command: `kubectl delete pvc ${claimOf(given)}${inNamespace(given)}`,
        },
        {
          text: `Correct storageClassName${similar === undefined ? '' : ` to ${similar}`} where the claim is made (manifest, volumeClaimTemplates, Helm values).`,
        },
        {
          text: 'Or create the class under that name.',
          command: `kubectl get storageclass EXISTING -o yaml | sed 's/name: EXISTING/name: ${classOf(given) ?? 'NAME'}/' | kubectl create -f -`,
        },
        watchRollout(given),
      ]
    },
    factor: classOf,
  },
  {
    code: 'VolumeProvisioningFailed',
    family: 'volume',
    title: 'The storage provisioner cannot make the volume',
    severity: 'critical',
    meaning: 'The provisioner reports an error: quota, permissions, bad parameters, no space.',
    knownBy: ['The claim has ProvisioningFailed events with an error of the driver.'],
    clues: [
      {
        source: 'event',
        reason: ['ProvisioningFailed', 'VolumeResizeFailed', 'ProvisionFailed'],
        unless: new RegExp(
          `${classMissing.source}|no persistent volumes available|WaitForFirstConsumer|waiting for first consumer`,
          'i',
        ),
        confidence: 'certain',
        weight: 78,
      },
      {
        source: 'event',
        text: /failed to provision volume with StorageClass "(?<class>[^"]+)"/,
        confidence: 'certain',
        weight: 77,
      },
      {
        source: 'event',
        reason: ['FailedScheduling', 'FailedBinding'],
        text: /(?:provisioning|provision volume) failed|failed to provision/i,
        confidence: 'certain',
        weight: 74,
      },
    ],
    explain: (given) => {
      const says = innermost(given.quote)
      return `Claim ${claimOf(given)} gets no volume${classOf(given) === undefined ? '' : ` of class ${classOf(given)}`}, because the provisioner reports: ${says}. ${reading(given.quote)} ${who(given)} waits until it is bound; the provisioner tries again by itself.${pods(given)}`
    },
    remedies: (given) => [
      { text: 'Read the whole error.', command: `kubectl describe pvc ${claimOf(given)}${inNamespace(given)}` },
      ...advice(given),
      { text: 'See the parameters of the class.', command: `kubectl get storageclass ${classOf(given) ?? 'CLASS'} -o yaml` },
      { text: 'Read the log of the provisioner.', command: `kubectl get pods -A | grep -i -E 'csi|provisioner'` },
      { text: 'See that it worked.', command: `kubectl get pvc ${claimOf(given)}${inNamespace(given)} -w` },
    ],
    factor: classOf,
  },
  {
    code: 'PvcUnbound',
    family: 'volume',
    title: 'A claim stays without a volume',
    severity: 'critical',
    meaning: 'The claim exists and stays Pending: no volume fits, no default class, or nothing provisions one.',
    knownBy: [
      'The claim is Pending, and the scheduler says "unbound immediate PersistentVolumeClaims" or that it found no volume to bind.',
    ],
    clues: [
      ...predicateClues({ kinds: ['claim-unbound'] }).map((clue) => ({ ...clue, weight: clue.weight + 2 })),
      {
        source: 'event',
        reason: ['FailedBinding', 'ExternalProvisioning', 'ProvisioningFailed'],
        text: /no persistent volumes available|no storage class is set|waiting for (?:a volume to be created|volume)|no default|no volume/i,
        confidence: 'certain',
        weight: 68,
      },
      { source: 'object', reason: ['ClaimPending', 'ClaimLost'], confidence: 'likely', weight: 40 },
      {
        source: 'event',
        text: /PersistentVolumeClaim is not bound|unbound (?:immediate )?PersistentVolumeClaims?|pvc is not bound|persistentvolumeclaim .{0,160} is not bound/i,
        confidence: 'certain',
        weight: 66,
      },
    ],
    explain: (given) => {
      const { size, class: named, provisioner, modes, volumes: all } = claimFacts(given.observation)
      const volumes = all
        ?.split('; ')
        .filter((volume) => !/ Bound\b/.test(volume))
        .join('; ')
      const lost = /bound to non-existent persistentvolume "?([\w.-]*)|has lost its PersistentVolume|ClaimLost|\bLost\b/i.exec(
        given.quote,
      )
      if (lost !== null)
        return `Claim ${claimOf(given)} was bound to ${lost[1] ? `the volume ${lost[1]}` : 'a volume'} that no longer exists, so that the claim is lost: it is never bound to another one, and ${within(given)} cannot be scheduled with it. Somebody (or a reclaim policy) has deleted the volume; unless its storage was kept, the data is gone.${pods(given)}`
      const why =
        provisioner !== undefined && provisioner !== 'kubernetes.io/no-provisioner'
          ? `Its class ${named} leaves the work to ${provisioner}, which has not made a volume: usually that driver is not installed, or its controller does not run.`
          : named === undefined
            ? `It names no storage class, and none is marked as the default, so that only an existing volume without class could serve it.${volumes ? ` There is: ${volumes}.` : ' None is free.'}`
            : `No volume of class ${named} fits its size and access modes${volumes ? ` (there is: ${volumes})` : ''}, and nothing provisions one.`
      return `Claim ${claimOf(given)}${size === undefined ? '' : ` for ${size}`}${modes ? ` (${modes})` : ''} stays without a volume, and ${within(given)} cannot be scheduled before it has one. ${why}${pods(given)}`
    },
    remedies: (given) => {
      const { class: named, provisioner } = claimFacts(given.observation)
      if (/non-existent persistentvolume|lost its PersistentVolume|ClaimLost|\bLost\b/i.test(given.quote))
        return [
          {
            text: 'See whether the disk itself still exists at the storage or cloud; then make a PersistentVolume for it under the old name.',
            command: `kubectl get pvc ${claimOf(given)}${inNamespace(given)} -o jsonpath='{.spec.volumeName}'; kubectl get pv`,
          },
          {
            text: 'If the data may go (or comes from a backup), delete the claim and create it anew; a StatefulSet makes it by itself when its pod is deleted.',
            command: `kubectl delete pvc ${claimOf(given)}${inNamespace(given)}`,
          },
          { text: 'See that it worked.', command: `kubectl get pvc${inNamespace(given)} -w` },
        ]
      return [
        {
          text: 'See the claim with its events, and the volumes and classes there are.',
          command: `kubectl describe pvc ${claimOf(given)}${inNamespace(given)}; kubectl get pv,storageclass`,
        },
        ...(provisioner === undefined || provisioner === 'kubernetes.io/no-provisioner'
          ? []
          : [
              {
                text: `See whether the driver ${provisioner} is installed and its controller runs.`,
                command: `kubectl get csidrivers; kubectl get pods -A | grep -i csi`,
              },
            ]),
        ...(named === undefined
          ? [
              {
                text: 'Make a class the default one, then delete and create the claim again.',
                command: `kubectl patch storageclass NAME -p '{"metadata":{"annotations":{"storageclass.kubernetes.io/is-default-class":"true"}}}'`,
              },
            ]
          : []),
        { text: 'Where volumes are made by hand, make one of the right class, size and access mode.' },
        { text: 'See that it worked.', command: `kubectl get pvc ${claimOf(given)}${inNamespace(given)} -w` },
      ]
    },
    factor: (given) => classOf(given) ?? `PersistentVolumeClaim/${claimOf(given)}`,
  },
]

/** The driver's own words, without the wrappings of gRPC. */
export function innermost(quote: string): string {
  const parts = quote.replace(/\s+/g, ' ').split(/desc = /)
  const last = parts.at(-1) ?? quote
  return last.length > 300 ? `${last.slice(0, 297)}...` : last
}

function reading(quote: string): string {
  if (/Unauthorized|AccessDenied|not authorized|forbidden|permission|403|AuthorizationFailed|credential/i.test(quote))
    return 'The driver lacks a permission or has no valid credentials at the cloud.'
  if (/quota|limit|exceeded|LimitExceeded|maximum/i.test(quote)) return 'A quota or limit at the provider is used up.'
  if (/not enough|no space|insufficient|ResourceExhausted|free space|capacity/i.test(quote))
    return 'The storage behind it has no room left.'
  if (/parameter|invalid|not supported|unsupported|InvalidArgument|unknown/i.test(quote))
    return 'The class or the claim asks for something that the driver does not take.'
  if (/no volume plugin matched/.test(quote))
    return 'The class names an in-tree provisioner that this Kubernetes no longer has; its CSI driver takes its place.'
  if (/timeout|timed out|deadline|connection|refused|unavailable/i.test(quote))
    return 'The driver does not reach the storage behind it.'
  return 'The driver says no more than that.'
}

function advice({ quote }: Case): { text: string; command?: string }[] {
  if (/Unauthorized|AccessDenied|not authorized|forbidden|permission|403|AuthorizationFailed|credential/i.test(quote))
    return [
      {
        text: "Give the driver's role the right to create volumes (EBS: the managed policy AmazonEBSCSIDriverPolicy, bound to its service account).",
      },
    ]
  if (/quota|limit|maximum/i.test(quote))
    return [
      {
        text: 'Raise the quota at the provider, or delete volumes that nobody uses.',
        command: `kubectl get pv | grep -E 'Released|Available|Failed'`,
      },
    ]
  if (/no volume plugin matched/.test(quote))
    return [
      {
        text: 'Install the CSI driver, and create a class that names it; then create the claim again with that class.',
        command: 'kubectl get csidrivers,storageclass',
      },
    ]
  return []
}

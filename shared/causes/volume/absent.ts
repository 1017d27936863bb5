import { anyOf } from '../any-of.ts'
import type { AnyClue, Cause } from '../cause.ts'
import type { Observation } from '../../observation.ts'
import { changed, editWorkload, inNamespace, pods, undo, watchRollout, who, within } from '../wording.ts'
import { claimFacts, claimOf, classOf } from './claim.ts'
import { classMissing } from './class-missing.ts'

/** Words of the events of a claim, or of a pod that waits for it. */
function claimClues(text: RegExp, weight: number, unless?: RegExp): readonly AnyClue[] {
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

const provisioning = anyOf(
  [
    /failed to provision|ProvisioningFailed|no volume plugin matched|rpc error/,
    /error (?:creating|provisioning)|failed to create (?:volume|subvolume)|CreateVolume|could not create volume/,
  ],
  'i',
)

/** Claims and classes that do not exist. */
export const absent: readonly Cause[] = [
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
]

import { anyOf } from '../any-of.ts'
import type { Cause } from '../cause.ts'
import { predicateClues } from '../scheduling/predicate.ts'
import { inNamespace, nodeOf, pods, watchRollout, who, within, workloadOf } from '../wording.ts'
import { claimOf, innermost } from './claim.ts'
import { volumeEvents, volumeOf } from './volume-events.ts'

const multiAttach = anyOf(
  [
    /Multi-Attach error|VolumeInUse|RESOURCE_IN_USE_BY_ANOTHER_RESOURCE|already being used by '?projects/,
    /already (?:exclusively )?(?:attached|used|mounted|in use) (?:to|by|on) (?:another|a different|one|pod|node|instance)/,
    /already attached to (?:the )?(?:node|instance|VM|another)|already attached to a server|still (?:attached to|mounted on node)/,
    /volume is (?:already )?(?:attached|in use) (?:to|by) (?:another|a different|instance)|is in use by .{0,160}instance/,
    /FailedPrecondition.{0,160}(?:is|was) attached to/,
  ],
  'i',
)

const attach = anyOf(
  [
    /AttachVolume\.(?:Attach failed|NewAttacher failed|FindAttachablePluginBySpec failed)|WaitForAttach failed|attacher not found/,
    /ControllerPublishVolume|failed to attach|could not (?:be )?attach|failed to get (?:CSI|plugin).{0,160}attach/,
    /timed out waiting for external-attacher|timed? ?out (?:expired )?waiting for volumes to attach/,
    /waiting for a? ?volume.{0,160}to (?:be )?attach|attach(?:ing|ment) (?:timeout|timed|limit|error)/,
    /not attached|Volume (?:is )?not (?:yet )?attached|does not exist.{0,160}attach|volume attachment is being deleted/,
    /driver name \S+ not found in the list of registered CSI drivers|CSINode \S+ does not contain driver/,
    /volumes? attachment limit|maximum number of (?:attached )?(?:data )?(?:disks|volumes)/,
  ],
  'i',
)

/** Volumes that do not get to the node. */
export const attachment: readonly Cause[] = [
  {
    code: 'VolumeMultiAttach',
    family: 'volume',
    title: 'The volume is still attached to another node',
    severity: 'critical',
    meaning: 'Multi-Attach error: the volume can be used by one node, and is attached to another.',
    knownBy: [
      'The attach controller says "Multi-Attach error for volume", or the cloud that the disk is in use by another machine.',
    ],
    clues: [
      { source: 'event', reason: volumeEvents, text: multiAttach, confidence: 'certain', weight: 88 },
      { source: 'event', text: /Multi-Attach error/, confidence: 'certain', weight: 88 },
      ...predicateClues({ kinds: ['volume-in-use'] }),
    ],
    explain: (given) => {
      const users = /used by pod\(s\) ([^"]+?)\.?$/.exec(given.quote)?.[1]
      return `The volume ${volumeOf(given) ?? `of claim ${claimOf(given)}`} (claim ${claimOf(given)}) can only be attached to one node at a time, and is still attached to another${users === undefined ? '' : ` for pod ${users}`}. ${who(given)} waits on node ${nodeOf(given)} until it is released: a rolling update starts the new pod before the old one is gone, and a node that was lost releases its volumes only after about six minutes.${pods(given)}`
    },
    remedies: (given) => [
      {
        text: 'See which node has it, and which pods use the claim.',
        command: `kubectl get volumeattachments | grep ${volumeOf(given) ?? 'VOLUME'}; kubectl get pods${inNamespace(given)} -o wide`,
      },
      ...(given.observation.subject.workload?.kind === 'Deployment'
        ? [
            {
              text: 'Let updates stop the old pod first.',
              command: `kubectl patch ${workloadOf(given)}${inNamespace(given)} -p '{"spec":{"strategy":{"type":"Recreate","rollingUpdate":null}}}'`,
            },
          ]
        : []),
      {
        text: 'If the other node is dead for good (make sure that it is), mark it so; then its volumes are released.',
        command: 'kubectl taint nodes NODE node.kubernetes.io/out-of-service=nodeshutdown:NoExecute',
      },
      { text: 'Where several pods need the data at once, use storage with ReadWriteMany (NFS, EFS, CephFS, Azure Files).' },
      watchRollout(given),
    ],
    factor: (given) => `PersistentVolumeClaim/${claimOf(given)}`,
  },
  {
    code: 'VolumeAttachFailed',
    family: 'volume',
    title: 'The volume cannot be attached to the node',
    severity: 'critical',
    meaning:
      'Attaching fails or times out: an error of the cloud, a CSI driver that is not registered on the node, a volume that is gone.',
    knownBy: ['FailedAttachVolume events, or mounts that wait for the attachment.'],
    clues: [
      { source: 'event', reason: volumeEvents, text: attach, unless: /Multi-Attach/, confidence: 'certain', weight: 76 },
      {
        source: 'event',
        reason: ['FailedAttachVolume'],
        unless: /Multi-Attach|configmap|secret "/i,
        confidence: 'certain',
        weight: 74,
      },
      {
        source: 'object',
        reason: ['Unschedulable'],
        confidence: 'likely',
        weight: 66,
        when: ({ facts }) => facts['predicate'] === 'volume-limit',
      },
    ],
    explain: (given) => {
      const driver = /driver name (\S+) not found|does not contain driver (\S+)/.exec(given.quote)
      const why = driver
        ? `The CSI driver ${driver[1] ?? driver[2]} is not registered on node ${nodeOf(given)}: its node plugin does not run there.`
        : /NotFound|not found|does not exist|404/i.test(given.quote)
          ? 'The disk behind it no longer exists, or not in this account, project or zone.'
          : /max volume|limit|maximum/i.test(given.quote)
            ? 'The node has as many disks as its type may have.'
            : /UnauthorizedOperation|AccessDenied|not authorized|forbidden|403/i.test(given.quote)
              ? 'The driver lacks the permission to attach.'
              : 'Storage or cloud did not do what was asked.'
      return `The volume${volumeOf(given) === undefined ? '' : ` ${volumeOf(given)}`} of claim ${claimOf(given)} cannot be attached to node ${nodeOf(given)}, so that ${within(given)} does not start. ${why} What was said: ${innermost(given.quote)}${pods(given)}`
    },
    remedies: (given) => [
      {
        text: 'See the attachment and its error.',
        command: `kubectl get volumeattachments -o wide | grep ${volumeOf(given) ?? 'VOLUME'}; kubectl describe pv ${volumeOf(given) ?? 'VOLUME'}`,
      },
      {
        text: "See that the driver's controller and its plugin on the node run.",
        command: `kubectl get csidrivers,csinodes; kubectl get pods -A -o wide | grep -i csi`,
      },
      {
        text: 'Look the disk up at the cloud or in the storage system: does it exist, in the same zone, and is it free?',
        command: `kubectl get pv ${volumeOf(given) ?? 'VOLUME'} -o jsonpath='{.spec.csi.volumeHandle}'`,
      },
      { text: 'If the data is gone, restore it into a new claim from a snapshot; a claim never gets another volume.' },
      watchRollout(given),
    ],
    factor: (given) => /driver name (\S+)/.exec(given.quote)?.[1] ?? nodeOf(given),
  },
]

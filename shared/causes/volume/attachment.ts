import type { Case, Cause } from '../cause.ts'
import { inNamespace, nodeOf, onNode, pods, undo, watchRollout, who, within, workloadOf } from '../wording.ts'
import { predicateClues } from '../scheduling/predicate.ts'
import { claimOf, innermost } from './claims.ts'

const volumeEvents = [
  'FailedAttachVolume',
  'FailedMount',
  'FailedMapVolume',
  'FailedSync',
  'FailedMountOnFilesystemMismatch',
  'VolumeResizeFailed',
  'FileSystemResizeFailed',
  'FailedUnMount',
  'FailedDetachVolume',
]

/** The volume that a message names, as Kubernetes calls it. */
const volumeOf = ({ quote, facts }: Case): string | undefined =>
  facts['volume'] ?? /volume "(?:kubernetes\.io\/[^"]*[\^/])?([^"/^]+)"/.exec(quote)?.[1]

const multiAttach =
  /Multi-Attach error|already (?:exclusively )?(?:attached|used|mounted|in use) (?:to|by|on) (?:another|a different|one|pod|node|instance)|volume is (?:already )?(?:attached|in use) (?:to|by) (?:another|a different|instance)|is in use by .{0,160}instance|VolumeInUse|RESOURCE_IN_USE_BY_ANOTHER_RESOURCE|already being used by '?projects|already attached to (?:the )?(?:node|instance|VM|another)|still attached to|FailedPrecondition.{0,160}(?:is|was) attached to/i

const attach =
  /AttachVolume\.(?:Attach failed|NewAttacher failed|FindAttachablePluginBySpec failed)|ControllerPublishVolume|failed to attach|could not (?:be )?attach|timed out waiting for external-attacher|timed? ?out (?:expired )?waiting for volumes to attach|waiting for a? ?volume.{0,160}to (?:be )?attach|not attached|volume attachment is being deleted|driver name \S+ not found in the list of registered CSI drivers|CSINode \S+ does not contain driver|Volume (?:is )?not (?:yet )?attached|attach(?:ing|ment) (?:timeout|timed|limit|error)|WaitForAttach failed|does not exist.{0,160}attach|attacher not found|volumes? attachment limit|maximum number of (?:attached )?(?:data )?(?:disks|volumes)|failed to get (?:CSI|plugin).{0,160}attach/i

const mount =
  /MountVolume\.|MapVolume\.|SetUp failed|mount failed|NodeStageVolume|NodePublishVolume|exit status 32|wrong fs type|mount\.nfs|hostPath type check failed|can't read superblock|failed to mount|unable to mount|fsck/i

/** What the kubelet and the other families say of mounts that have other causes. */
const notMounts =
  /configmap|secret "|references non-existent|couldn't find key|object "[^"]*"\/"[^"]*" not registered|timed out waiting for the condition, failed to sync|persistentvolumeclaim "[^"]*" not found|serviceaccount/i

/** What the mount command itself put out, where it is quoted; else the innermost error. */
function saidOfMount(quote: string): string {
  const output = quote.split(/Output: ?/).at(-1) ?? quote
  return innermost(output.replace(/^.*(?=mount\.nfs|hostPath type check)/s, ''))
    .replace(/\/var\/lib\/kubelet\/pods\/\S+\/volumes\/\S+?\/(?=[^/\s]*(?:[\s:]|$))/, '')
    .replace(/ ?dmesg\(1\) may have .*$/, '')
    .trim()
}

/** Volumes that exist and do not reach their pod. */
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
  {
    code: 'VolumeMountFailed',
    family: 'volume',
    title: 'The volume cannot be mounted on the node',
    severity: 'critical',
    meaning:
      'Mounting fails on the node: the server refuses, the file system is wrong or damaged, options or helpers are missing.',
    knownBy: ['FailedMount events with an error of the mount itself.'],
    clues: [
      {
        source: 'event',
        reason: volumeEvents,
        text: mount,
        unless: new RegExp(`${notMounts.source}|Multi-Attach`, 'i'),
        confidence: 'certain',
        weight: 72,
      },
      {
        source: 'event',
        reason: ['FailedMount', 'FailedMapVolume'],
        unless: new RegExp(`${notMounts.source}|unmounted volumes=`, 'i'),
        confidence: 'likely',
        weight: 56,
      },
      {
        source: 'event',
        reason: ['FailedMount'],
        text: /unmounted volumes=|timed out waiting for the condition|timeout expired waiting for volumes/,
        unless: notMounts,
        confidence: 'possible',
        weight: 30,
      },
    ],
    explain: (given) => {
      const { quote } = given
      const why = /bad option|helper program|need a \/sbin\/mount|unknown filesystem type/i.test(quote)
        ? 'The node lacks the program that mounts this kind of file system (nfs-common, nfs-utils, cifs-utils, ceph-common).'
        : /hostPath type check failed/i.test(quote)
          ? 'The path on the node is not of the type that the volume demands.'
          : /access denied by server|Permission denied|not permitted/i.test(quote)
            ? 'The server refuses this client: its export does not allow the node or the path.'
            : /refused|timed out|timeout|No route|unreachable|resolve/i.test(quote)
              ? 'The node does not reach the storage server.'
              : /wrong fs type|superblock|fsck|corrupt|Structure needs cleaning/i.test(quote)
                ? 'The file system on the volume is damaged, or another one than the volume says.'
                : /No such file or directory|does not exist|not found/i.test(quote)
                  ? 'The path or share that it names does not exist.'
                  : 'The mount itself fails on the node.'
      return `A volume of ${within(given)} cannot be mounted on node ${nodeOf(given)}, and its containers wait for it. ${why} What was said: ${saidOfMount(quote)}${pods(given)}`
    },
    remedies: (given) => [
      { text: 'Read the whole error.', command: `kubectl describe pod ${given.observation.subject.name}${inNamespace(given)}` },
      ...(/nfs|bad option|helper/i.test(given.quote)
        ? [
            {
              text: 'Try from the node whether the server answers, and install the mount helper where it is missing.',
              command: onNode(given, 'sh -c "ls /host/sbin/mount.nfs; cat /host/etc/os-release"'),
            },
          ]
        : []),
      ...(/hostPath type/i.test(given.quote)
        ? [
            {
              text: 'Look at the path on the node, and correct `hostPath.type` or the path.',
              command: onNode(given, 'ls -ld /host/PATH'),
            },
          ]
        : []),
      ...(/superblock|fsck|wrong fs|cleaning/i.test(given.quote)
        ? [{ text: 'Scale the workload to none and check the file system (fsck) on a snapshot of the volume first.' }]
        : []),
      {
        text: "Read the log of the driver's plugin on that node.",
        command: `kubectl get pods -A -o wide --field-selector spec.nodeName=${nodeOf(given)} | grep -i -E 'csi|nfs|ceph|longhorn'`,
      },
      ...undo(given),
      watchRollout(given),
    ],
    factor: nodeOf,
  },
  {
    code: 'VolumeNodeAffinityConflict',
    family: 'volume',
    title: 'The volume lives where the pod cannot run',
    severity: 'critical',
    meaning: 'The volume lives in another zone or on another node than the pod can run on.',
    knownBy: ['The scheduler says "volume node affinity conflict" or "didn\'t match PersistentVolume\'s node affinity".'],
    clues: [
      ...predicateClues({ kinds: ['volume-zone'] }).map((clue) => ({ ...clue, weight: clue.weight + 4 })),
      {
        source: 'event',
        reason: volumeEvents,
        text: /node affinity|MountVolume\.NodeAffinity check failed|no matching NodeSelectorTerms/i,
        confidence: 'certain',
        weight: 90,
      },
    ],
    explain: (given) => {
      const place = given.observation.evidence.flatMap((piece) =>
        piece.source === 'object' && piece.facts['place'] !== undefined ? [piece.facts] : [],
      )[0]
      return `The volume${place?.['volume'] === undefined ? '' : ` ${place['volume']}`} of claim ${place?.['claim'] ?? claimOf(given)} can only be used where ${place?.['place'] ?? 'its zone or node'}, and no node there takes the pod: such a node has left the cluster, is full, or the pod's own selector points elsewhere. ${who(given)} waits; a disk does not move to another zone or node by itself.${pods(given)}`
    },
    remedies: (given) => {
      const place = given.observation.evidence.flatMap((piece) =>
        piece.source === 'object' && piece.facts['place'] !== undefined ? [piece.facts] : [],
      )[0]
      return [
        {
          text: 'See where the volume lives, and which nodes are there.',
          command: `kubectl get pv ${place?.['volume'] ?? 'VOLUME'} -o jsonpath='{.spec.nodeAffinity}'; kubectl get nodes -L topology.kubernetes.io/zone,kubernetes.io/hostname`,
        },
        { text: 'Add a node in that zone (or bring that node back).' },
        {
          text: 'Or restore the data from a snapshot into a claim in a zone with nodes; a local volume whose node is gone has lost its data: delete the claim and let it be made anew.',
          command: `kubectl delete pvc ${place?.['claim'] ?? claimOf(given)}${inNamespace(given)}`,
        },
        {
          text: 'For the future, use a class with volumeBindingMode: WaitForFirstConsumer, so that the disk is made where the pod can run.',
        },
      ]
    },
    factor: (given) => `PersistentVolumeClaim/${claimOf(given)}`,
  },
]

import { anyOf } from '../any-of.ts'
import type { Cause } from '../cause.ts'
import { inNamespace, nodeOf, onNode, pods, undo, watchRollout, within } from '../wording.ts'
import { innermost } from './claim.ts'
import { volumeEvents } from './volume-events.ts'

const mount = anyOf(
  [
    /MountVolume\.|MapVolume\.|SetUp failed|mount failed|failed to mount|unable to mount/,
    /NodeStageVolume|NodePublishVolume|exit status 32|mount\.nfs|hostPath type check failed/,
    /wrong fs type|can't read superblock|fsck/,
  ],
  'i',
)

/** What the kubelet and the other families say of mounts that have other causes. */
const notMounts = anyOf(
  [
    /configmap|secret "|object "[^"]*"\/"[^"]*" not registered|couldn't find key|references non-existent/,
    /timed out waiting for the condition, failed to sync|persistentvolumeclaim "[^"]*" not found|serviceaccount/,
  ],
  'i',
)

/** What the mount command itself put out, where it is quoted; else the innermost error. */
function saidOfMount(quote: string): string {
  const output = quote.split(/Output: ?/).at(-1) ?? quote
  return innermost(output.replace(/^.*(?=mount\.nfs|hostPath type check)/s, ''))
    .replace(/\/var\/lib\/kubelet\/pods\/\S+\/volumes\/\S+?\/(?=[^/\s]*(?:[\s:]|$))/, '')
    .replace(/ ?dmesg\(1\) may have .*$/, '')
    .trim()
}

/** Volumes that cannot be mounted on the node. */
export const mounts: readonly Cause[] = [
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
]

import { anyOf } from '../any-of.ts'
import type { Cause } from '../cause.ts'
import { creationClues } from '../creation-clues.ts'
import { changed, editWorkload, inNamespace, pods, undo, watchRollout, within, workloadOf } from '../wording.ts'

/** Where a volume is to appear in the container, and cannot. */
export const mounts: readonly Cause[] = [
  {
    code: 'InvalidMountPath',
    family: 'runtime',
    title: 'A volume cannot be mounted at its path',
    severity: 'critical',
    meaning: 'A mount path or subPath cannot be had: a directory onto a file, a read-only root, a subPath that is not there.',
    knownBy: [
      'The runtime says "not a directory", "create mountpoint", or that a path cannot be mounted.',
      'The kubelet says "failed to prepare subPath".',
    ],
    clues: [
      ...creationClues({
        text: anyOf(
          [
            /error mounting "?(?<source>\/[^"\s]+)"? to rootfs at "?(?<path>[^"\s:]+)"?/,
            /Are you trying to mount a directory onto a file|(?:prepare|create|open) subPath/,
            /subPath .{0,120}(?:no such|not|invalid|fail|must)|create mountpoint for (?<point>\S+)/,
            /mount(?:point| destination| path) .{0,160}(?:not absolute|invalid|read-only|must be|not a directory|is not|already|cannot)/,
            /creating mountpoint|Duplicate mount point|mounted more than once|not a shared (?:or slave )?mount/,
            /cannot be mounted because it is/,
            /mkdir .{0,200}rootfs.{0,200}(?:read-only|not a directory|permission denied|file exists)|mkdirat/,
            /invalid (?:volume|mount) (?:specification|config|path)|bind source path does not exist/,
            /rootfs_linux\.go.{0,300}(?:mounting|mount)/,
            /mount `?[^\s`]+`? to `?[^\s`]+`?:? .{0,80}(?:not a directory|no such file|read-only|permission denied)/,
            /not a directory: unknown|making .{0,80}mountpoint|creating mount source path/,
          ],
          'i',
        ),
        unless: anyOf(
          [
            /app ?armor|seccomp|nvidia|libcuda|cgroup|no space left|exec format|executable file not found/,
            /mount callback failed|no users found|user ?namespace|idmap|failed to mount .{0,80}overlay/,
          ],
          'i',
        ),
        confidence: 'certain',
        weight: 83,
      }),
      ...creationClues({
        text: /^(?:Error: |CreateContainerConfigError: )*(?:failed to )?(?:stat|mkdir|lstat|create) (?<path>\/\S+?):? (?:no such file or directory|read-only file system|permission denied|not a directory|file exists|invalid argument)/i,
        unless: /\/etc\/(?:passwd|group)/,
        confidence: 'likely',
        weight: 82,
      }),
      ...creationClues({
        text: /MountVolume\.\w+ failed for volume "(?<volume>[^"]+)" ?: (?:mkdir|stat|lstat|open) (?<path>\/\S+): (?:read-only file system|not a directory|file exists|permission denied|no such file or directory)/i,
        unless: /kubernetes\.io[~/](?:csi|nfs)|plugins\/kubernetes\.io|globalmount/i,
        confidence: 'likely',
        weight: 81,
        reason: ['FailedMount'],
      }),
    ],
    explain: (given) => {
      const path = given.facts['path'] ?? given.facts['point']
      const mount = given.spec?.mounts.find(
        (candidate) => candidate.path === path || (path !== undefined && path.endsWith(candidate.path)),
      )
      const what =
        mount === undefined
          ? path === undefined
            ? 'A volume'
            : `What is to appear at ${path}`
          : `Volume ${mount.volume}${mount.subPath === undefined ? '' : ` (subPath ${mount.subPath})`} at ${mount.path}`
      return `${what} cannot be mounted into ${within(given)}: ${why(given.quote)} The container is refused before its program runs.${changed(given, /volumeMounts|volumes|readOnlyRootFilesystem|image$/)}${pods(given)}`
    },
    remedies: (given) => [
      {
        text: 'Compare the mounts with the volumes of the pod.',
        command: `kubectl get ${workloadOf(given)}${inNamespace(given)} -o json | jq '.spec.template.spec | {volumes, mounts: [.containers[] | {name, volumeMounts}]}'`,
      },
      /not a directory|onto a file/i.test(given.quote)
        ? {
            text: 'To put one file of a ConfigMap or Secret over a file of the image, name the file by subPath; the path of a whole volume must be a directory.',
            command: `kubectl patch ${workloadOf(given)}${inNamespace(given)} --type=strategic -p '{"spec":{"template":{"spec":{"containers":[{"name":"${given.observation.subject.container ?? 'CONTAINER'}","volumeMounts":[{"mountPath":"${given.facts['path'] ?? '/PATH/FILE'}","name":"${given.spec?.mounts.find(({ path }) => path === given.facts['path'])?.volume ?? 'VOLUME'}","subPath":"${(given.facts['path'] ?? 'FILE').split('/').at(-1)}"}]}]}}}}'`,
          }
        : editWorkload(
            given,
            'Mount at a path that the image has or that can be created there; mount an emptyDir where the root file system is read-only.',
          ),
      ...undo(given),
      watchRollout(given),
    ],
    factor: (given) => given.spec?.image,
  },
]

function why(quote: string): string {
  if (/subPath/i.test(quote) && /no such|not exist|prepare/i.test(quote))
    return 'the subPath is not in the volume, or changed under a running pod.'
  if (/not a directory|onto a file/i.test(quote))
    return 'the one is a directory and the other a file, and neither can be mounted onto the other.'
  if (/read-only file system/i.test(quote)) return 'the place where the mount point is to be made is on a read-only file system.'
  if (/no such file/i.test(quote)) return 'what is to be mounted, or the place for it, does not exist.'
  if (/permission denied/i.test(quote)) return 'the mount point may not be created there.'
  if (/not a shared/i.test(quote))
    return 'the mount asks for propagation, and the file system of the node is not mounted as shared.'
  return 'the runtime refuses the path.'
}

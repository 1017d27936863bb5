import type { Remedy } from '../../diagnosis.ts'
import { anyOf } from '../any-of.ts'
import type { Case, Cause } from '../cause.ts'
import { creationClues } from '../creation-clues.ts'
import { changed, editWorkload, inNamespace, nodeOf, pods, undo, watchRollout, who, within, workloadOf } from '../wording.ts'

const settings = [
  { what: 'seccomp profile', text: /seccomp/i },
  { what: 'AppArmor profile', text: /app ?armor/i },
  { what: 'SELinux label', text: /selinux|attr\/(?:keycreate|exec)|lsetxattr|label=|relabel/i },
  { what: 'kernel parameter (sysctl)', text: /sysctl|\/proc\/sys\//i },
  { what: 'capability', text: /capabilit|apply caps/i },
  { what: 'user or group', text: /passwd|\/etc\/group|no users found|no groups found|user|uid|gid|group/i },
] as const

const rejected = anyOf(
  [
    /seccomp.{0,200}(?:not found|no such file|not supported|not enabled|unknown|invalid|fail|error|cannot|must|unsupported|denied)/,
    /(?:cannot|failed to|unable to|could not|error|invalid|unsupported|unknown) .{0,80}seccomp/,
    /decoding seccomp profile/,
    /app ?armor.{0,200}(?:not (?:found|loaded|enabled|supported)|no such|enforce|fail|disabled|invalid|denied|forbidden)/,
    /(?:cannot|failed to|unable to|could not|invalid|unknown|error) .{0,80}app ?armor/,
    /attr\/(?:apparmor\/)?(?:exec|keycreate)|lsetxattr|selinux.{0,120}(?:invalid|fail|not|denied|error)/,
    /relabel|(?:invalid|failed to set|error setting) .{0,60}(?:selinux|label)/,
    /(?:unknown|invalid|unsupported) capabilit/,
    /capabilit\w{0,8} .{0,60}(?:unknown|invalid|not supported|not permitted|unsupported)/,
    /apply(?:ing)? (?:caps|capabilities)/,
    /sysctl .{0,120}(?:not (?:allowed|allowlisted|whitelisted|permitted|in a separate)|forbidden|unsafe|unknown|invalid)/,
    /forbidden sysctl|SysctlForbidden|(?:open|write|stat) \/proc\/sys\/|no users found|no groups found/,
    /unable to find (?:user|group)|no matching entries in (?:passwd|group) file|unknown (?:user|group)\b/,
    /(?:user|group) .{0,40}(?:not found in|does not exist|cannot be found|unknown)/,
    /\/etc\/(?:passwd|group): (?:no such file|not a directory|permission)/,
    /invalid (?:user|uid|gid|group|runAs)|runAsUser(?:Name)?\b.{0,80}(?:invalid|not|fail)|setgroups/,
    /setresuid|setuid: |set(?:ting)? (?:user|group|supplementary)/,
    /user ?namespaces? .{0,80}(?:not (?:supported|enabled)|fail|unsupported|disabled|invalid|error)/,
    /(?:cannot|failed to|unable to|error) .{0,60}(?:user ?namespace|userns)/,
    /does not support user ?namespaces|procMount|GMSA|HostProcess|no_new_privs|no new privileges/,
    /privileged (?:mode|container)s? .{0,60}(?:not|disallowed|forbidden|incompatible)/,
    /cannot set (?:both )?privileged|security ?context .{0,80}(?:invalid|fail|reject|not|denied)|idmap/,
  ],
  'i',
)

/** Which setting was refused, for the reader. */
const settingOf = ({ quote }: Case): string => settings.find(({ text }) => text.test(quote))?.what ?? 'security setting'

/** Security settings that the node refuses. */
export const security: readonly Cause[] = [
  {
    code: 'RunAsNonRootViolation',
    family: 'config',
    title: 'The pod may not run as root, and its image does',
    severity: 'critical',
    meaning: 'runAsNonRoot is set, and the image runs as root or as a user given by name.',
    knownBy: ['The kubelet says "container has runAsNonRoot and image will run as root" or "... image has non-numeric user".'],
    clues: creationClues({
      text: anyOf(
        [
          /runAsNonRoot and image (?:will run as root|has (?:non-numeric|group|no) ?user ?(?:\((?<user>[^)]{0,100})\))?)/,
          /runAsUser breaks non-root policy|non-root policy/,
          /runAsNonRoot.{0,120}(?:root|cannot verify|non-numeric|violat|but)|cannot verify user is non-root/,
          /breaks non-root|image will run as root/,
        ],
        'i',
      ),
      confidence: 'certain',
      weight: 90,
    }),
    explain: (given) => {
      const user = /non-numeric user \(([^)]*)\)/.exec(given.quote)?.[1]
      const why =
        user !== undefined
          ? `the image names its user "${user}" and not a number, so that the kubelet cannot tell that it is not root`
          : /runAsUser/.test(given.quote)
            ? 'runAsUser is 0, which is root'
            : 'the image says nothing of a user, or root, and so would run as root'
      return `${who(given)} must not run as root (runAsNonRoot: true), and ${why}. The kubelet refuses to create the container; the image ${given.spec?.image ?? ''} itself was pulled.${changed(given, /securityContext|image$/)}${pods(given)}`
    },
    remedies: (given) => [
      {
        text: 'Give the container a numeric user that may read what it needs.',
        command: `kubectl patch ${workloadOf(given)}${inNamespace(given)} --type=strategic -p '{"spec":{"template":{"spec":{"containers":[{"name":"${given.observation.subject.container ?? 'CONTAINER'}","securityContext":{"runAsUser":10001}}]}}}}'`,
      },
      {
        text: 'Or build the image with a numeric user: `USER 10001` in its Dockerfile.',
        command: `docker image inspect -f '{{.Config.User}}' ${given.spec?.image ?? 'IMAGE'}`,
      },
      ...undo(given),
      watchRollout(given),
    ],
    factor: (given) => given.spec?.image,
  },
  {
    code: 'InvalidSecurityContext',
    family: 'config',
    title: 'A security setting of the pod cannot be applied',
    severity: 'critical',
    meaning: 'A security setting is refused: seccomp, AppArmor, SELinux, capabilities, sysctls, or a user that the image lacks.',
    knownBy: [
      'The kubelet or the runtime names the setting that it cannot apply.',
      'The pod was rejected with SysctlForbidden or AppArmor.',
    ],
    clues: [
      { source: 'event', reason: ['SysctlForbidden', 'AppArmor'], confidence: 'certain', weight: 88 },
      { source: 'status', reason: ['SysctlForbidden', 'AppArmor'], confidence: 'certain', weight: 88 },
      // The command that is missing here is the node's, not the container's.
      ...creationClues({ text: /apparmor_parser/, confidence: 'likely', weight: 97 }),
      ...creationClues({
        text: rejected,
        unless: anyOf(
          [
            /runAsNonRoot|non-root|(?<!apparmor_parser": )executable file not found|no space left/,
            /deadline exceeded|error mounting|Are you trying to mount|(?:secret|configmap)s? "/,
          ],
          'i',
        ),
        confidence: 'likely',
        weight: 80,
      }),
    ],
    explain: (given) =>
      `The ${settingOf(given)} that the manifest or the image of ${within(given)} asks for cannot be applied on node ${given.spec?.node ?? 'of the pod'}: ${reasonOf(given)}. The container is refused before it runs, so its program is not at fault.${changed(given, /securityContext|image$|annotations/)}${pods(given)}`,
    remedies: (given) => [...adviceOf(given), ...undo(given), watchRollout(given)],
    factor: (given) => given.spec?.image,
  },
]

/** The innermost part of a wrapped message. */
function reasonOf({ quote }: Case): string {
  if (/passwd: no such file/.test(quote)) return 'the image has no /etc/passwd in which the name of its user could be looked up'
  if (/no users found|no matching entries in passwd|unable to find user/.test(quote))
    return 'the user is not in the /etc/passwd of the image'
  return quote
    .replace(/^(?:Error: |SysctlForbidden: |CreateContainerError: )+/, '')
    .replace(/: unknown$/, '')
    .slice(-300)
}

function adviceOf(given: Case): readonly Remedy[] {
  switch (settingOf(given)) {
    case 'seccomp profile':
      return [
        {
          text: 'Put the profile on every node that may run the pod, below /var/lib/kubelet/seccomp.',
          command: `ls -R /var/lib/kubelet/seccomp   # on node ${nodeOf(given)}`,
        },
        {
          text: 'Or take the profile of the runtime: seccompProfile.type RuntimeDefault.',
          command: `kubectl patch ${workloadOf(given)}${inNamespace(given)} -p '{"spec":{"template":{"spec":{"securityContext":{"seccompProfile":{"type":"RuntimeDefault","localhostProfile":null}}}}}}'`,
        },
      ]
    case 'AppArmor profile':
      return [
        { text: 'See which profiles the node has loaded.', command: `aa-status   # on node ${nodeOf(given)}` },
        {
          text: 'Load it there, or name another in the manifest.',
          command: `apparmor_parser -r -W /etc/apparmor.d/PROFILE   # on node ${nodeOf(given)}`,
        },
      ]
    case 'kernel parameter (sysctl)':
      return [
        editWorkload(given, 'Take the parameter out of securityContext.sysctls, where the program can do without.'),
        {
          text: 'Or allow it in the kubelet of the nodes that may run the pod: allowedUnsafeSysctls in its configuration.',
          command: `kubectl get --raw "/api/v1/nodes/${nodeOf(given)}/proxy/configz" | jq .kubeletconfig.allowedUnsafeSysctls`,
        },
      ]
    case 'user or group':
      return [
        {
          text: 'Give the container a numeric user, which need not be in /etc/passwd.',
          command: `kubectl patch ${workloadOf(given)}${inNamespace(given)} --type=strategic -p '{"spec":{"template":{"spec":{"containers":[{"name":"${given.observation.subject.container ?? 'CONTAINER'}","securityContext":{"runAsUser":10001}}]}}}}'`,
        },
        {
          text: 'Or correct the USER of the image.',
          command: `docker image inspect -f '{{.Config.User}}' ${given.spec?.image ?? 'IMAGE'}`,
        },
      ]
    default:
      return [editWorkload(given, 'Correct the securityContext of the container or the pod.')]
  }
}

import { anyOf } from '../any-of.ts'
import type { Cause } from '../cause.ts'
import { inNamespace, who } from '../wording.ts'
import { afterwards, cited, closing, ending, patchContainer, patchPod, spoken } from './case.ts'
import { fileOf, mountOf } from './file-paths.ts'
import { said } from './said.ts'
import { errorNames } from './vocabulary.ts'

/** What the kernel refuses a program. */
export const permissions: readonly Cause[] = [
  {
    code: 'FilePermissionDenied',
    family: 'crash',
    title: 'The program may not read or write a file',
    severity: 'critical',
    meaning:
      'The kernel refuses a file, a port below 1024 or another operation: permission denied, operation not permitted, read-only file system.',
    knownBy: ['The log says "permission denied", EACCES, EPERM, "operation not permitted" or "read-only file system".'],
    clues: [
      ...said({
        text: anyOf([
          /EACCES|EROFS|EPERM|Read-only file system|read-only file system|PermissionError/,
          /AccessDeniedException\b[:[(]? ?\[?\/?|ReadOnlyFileSystemException|Errno::EACCES/,
          /UnauthorizedAccessException|[Oo]peration not permitted/,
          /(?:open|mkdir|stat|unlink|chown|chmod|create|rename|bind|listen|write|touch|mv|cp|rm|ln|cat|ls|tee|setgid|setuid|initgroups|chroot|access|read|opening|creating|writing)\b[^\n]{0,300}[Pp]ermission denied/,
          /[Pp]ermission denied\b[^\n]{0,60}(?:\/|file|directory)|has group or world access/,
          /(?:bind\(\)|bind|listen)[^\n]{0,100}(?:\(13: |[Pp]ermission denied)/,
          /(?:directory|file|path|folder|volume|socket)\b[^\n]{0,200}(?:is|are) (?:not|n't) (?:writ(?:e)?able|readable|accessible)/,
          /not writable|cannot (?:write|create|open|access|touch|remove|read)\b[^\n]{0,200}[Pp]ermission/,
          /[Ww]rong (?:owner|permissions)|[Ii]nvalid permissions|UNPROTECTED PRIVATE KEY|too open|must be owned by/,
          /wrong ownership|AccessDenied(?:Exception)?\[\/|\(errno: 13|\(Permission denied\)|errno:? ?-?13\b/,
          /SocketException: Permission denied|\[Errno 13\]|\[Errno 1\]|\[Errno 30\]|errno=13|OS errno 13/,
          /\(13: Permission denied\)|failed to open stream: Permission denied/,
          /could not (?:open|create|write|change|set permissions)[^\n]{0,200}(?:[Pp]ermission|not permitted)/,
          /Fatal: can't (?:open|create)[^\n]{0,100}Permission/,
        ]),
        unless: anyOf(
          [
            /for user|password|publickey|SQLSTATE|[Cc]ode:? 403|\bschema\b|relation|database|rpc error|Forbidden|s3:/,
            /iam|exec user process|permission denied while trying to connect to the Docker/,
            /sh: (?:line )?\d{0,6}:? ?\S{1,100}: Permission denied$|authoriz|connect(?:ing)? to|clusterrole|RBAC/,
            /setrlimit|oom_score_adj|WARN/,
          ],
          'i',
        ),
        confidence: 'certain',
        weight: 67,
      }),
      ...said({
        text: anyOf([
          /[Pp]ermission denied|(?:not|in)sufficient permissions? to (?:write|read|create|open)/,
          /[Uu]nable to (?:create|mkdir|write to|open) (?:or write to )?(?:log )?(?:directory|folder|file|dir) \S{1,200}$/,
          /[Cc]ould not (?:create or write|create|write)(?: to)? (?:the )?(?:log |data |temp )?(?:directory|folder|file) /,
          /mlock|IPC_LOCK|[Ff]ailed to lock memory|CAP_\w{3,20}|fchown|setcap/,
          /(?:could not|cannot|can't|unable to|failed to) (?:look ?up|find|determine|get) (?:\w{1,12} ){0,3}(?:user|uid|user ID)\b|no matching entries in passwd|getpwuid|unknown uid/,
          /(?:must|should|has to|needs? to) (?:be )?(?:run|started?|executed|launched) (?:as|by|with) (?:the )?["']?(?:root|super)|(?:drop|change|set) privileges?\b|dubious ownership|as non-?root user/,
          /(?:[Cc]annot|[Cc]an't|[Cc]ould not|[Uu]nable to|[Ff]ailed to) write (?:to |in |into )?['"]?\//,
          /running as root is not (?:permitted|allowed)|must (?:not )?be run as (?:root|non-root)/,
          /can(?:not| ?not) (?:be )?run(?:ning)? .{0,30}as root|don't run .{0,30}as root|cannot switch to user/,
          /(?:[Cc]annot|[Cc]an't|[Cc]ould not|[Uu]nable to|[Ff]ailed to) (?:open|create) \S{1,200} for (?:writing|append)/,
          /[Uu]nable to write to the (?:backend|disk|volume|folder|directory|drive|storage|path)|(?:has|have|needs?|lacks?|add|check|without) (?:the )?(?:write|read|execute) (?:permissions?|access)/,
          /Can't (?:create|write)[^\n]{0,100}(?:Errcode: 13|errno 13)|Errcode: 13\b|\(OS errno 1[ )]/,
          /iptables[^\n]{0,100}(?:must be root|not permitted|Permission denied)|you must be root|ptrace/,
        ]),
        unless:
          /for user|password|publickey|SQLSTATE|[Cc]ode:? 403|relation|rpc error|Forbidden|pg_hba|RBAC|no space left|disk full/i,
        weight: 60,
      }),
      ...said({ text: errorNames.permission, unless: /HTTP|user "|rpc error/, weight: 61 }),
    ],
    explain: (given) => {
      const file = fileOf(given)
      const readOnly = /read-only|EROFS|Errno 30/i.test(given.quote)
      const why = readOnly
        ? 'The file system is read-only there: readOnlyRootFilesystem is set, or the volume is mounted read-only; ConfigMaps and Secrets always are.'
        : /bind|listen/.test(given.quote)
          ? 'Ports below 1024 are for root or for NET_BIND_SERVICE; another port, or the capability, is needed.'
          : 'The user that the container runs as does not own the file or volume, or lacks the capability for it.'
      return `${who(given)} may not use ${file ?? 'what it needs'}. ${spoken(given)}: ${cited(given.quote)}.${mountOf(given)} ${why}${ending(given)}${closing(given, /securityContext|volumes|volumeMounts|image|fsGroup/)}`
    },
    remedies: (given) => {
      const readOnly = /read-only|EROFS|Errno 30/i.test(given.quote)
      const folder = fileOf(given)
      return [
        {
          text: 'See as whom it runs, and what is mounted how.',
          command: `kubectl get pod ${given.observation.subject.name}${inNamespace(given)} -o jsonpath='{.spec.securityContext}{"\\n"}{.spec.containers[*].securityContext}{"\\n"}{.spec.containers[*].volumeMounts}'`,
        },
        ...(readOnly
          ? [
              patchContainer(given, 'Give it an emptyDir where it has to write; better than to allow writing everywhere.', {
                volumeMounts: [{ name: 'scratch', mountPath: folder ?? '/tmp' }],
              }),
              patchPod(given, 'The volume that belongs to it.', { volumes: [{ name: 'scratch', emptyDir: {} }] }),
            ]
          : [
              patchPod(given, "Let the kubelet give the volume to the program's group (use the id that the image runs as).", {
                securityContext: { fsGroup: 1000 },
              }),
              {
                text: 'fsGroup does not reach hostPath and most NFS volumes; there, own the folder on the server, or by an init container that runs as root.',
              },
            ]),
        ...afterwards(given),
      ]
    },
  },
]

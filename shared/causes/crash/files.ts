import { anyOf } from '../any-of.ts'
import type { Case, Cause } from '../cause.ts'
import { inNamespace, nodeOf, who } from '../wording.ts'
import {
  afterwards,
  cited,
  closing,
  debugCopy,
  ending,
  patchContainer,
  patchPod,
  readPrevious,
  showContainer,
  spoken,
} from './case.ts'
import { said } from './said.ts'
import { errorNames } from './vocabulary.ts'

const fileOf = ({ facts, quote }: Case): string | undefined =>
  facts['file'] ?? /['"`\s:=([](\/(?!\/)[\w.@+-]{1,80}(?:\/[\w.@+-]{1,100}){1,12})/.exec(quote)?.[1]

/** The mount that covers a path, and what its volume holds. */
function mountOf(given: Case): string {
  const file = fileOf(given)
  if (file === undefined || !file.startsWith('/') || given.spec === undefined) return ''
  const mounts = given.spec.mounts.filter(({ path }) => file === path || file.startsWith(`${path.replace(/\/$/, '')}/`))
  const mount = mounts.sort((a, b) => b.path.length - a.path.length)[0]
  if (mount === undefined) return ` No volume is mounted there: the path belongs to the image.`
  const held = given.spec.facts[`volume:${mount.volume}`]
  return ` The path lies in volume ${mount.volume}${held === undefined ? '' : ` (${held})`}, mounted at ${mount.path}${mount.readOnly ? ' read-only' : ''}.`
}

/** What a program wants of the file system and of the network of its pod. */
export const files: readonly Cause[] = [
  {
    code: 'MissingFile',
    family: 'crash',
    title: 'A file that the program needs is not there',
    severity: 'critical',
    meaning:
      'A file the program needs is not there: a configuration file, a certificate, a module or script, or a volume that is not mounted where it looks.',
    knownBy: [
      'The log says "no such file or directory", "Cannot find module", "FileNotFoundException" or the like, and names the file.',
    ],
    clues: [
      ...said({
        text: anyOf([
          /ENOENT[:,]? ?(?:no such file or directory)?(?:, \w{1,12} '(?<file>[^'\n]{1,300})')?|FileNotFoundError/,
          /FileNotFoundException|NoSuchFileException|DirectoryNotFoundException|Errno::ENOENT/,
          /LoadError: cannot load such file|cannot load such file -- /,
          /Cannot find (?:module|package|file) ?['"]?(?<module>[^'"\s]{1,200})?|ERR_MODULE_NOT_FOUND/,
          /MODULE_NOT_FOUND|ModuleNotFoundError|No module named|Could not find or load main class/,
          /ClassNotFoundException: (?<main>[\w.$]{1,200})$|Unable to access jarfile|Error: Could not find or load/,
          /Could not open input file|Failed to open(?:ing)? (?:stream|required)[^\n]{0,200}No such file/,
          /failed to open stream: No such file|Failed opening (?:required )?'|Config File "[^"\n]{0,200}" Not Found/,
          /(?:open|stat|lstat|read|access|opening|chdir|mkdir|readlink)\s["']?(?<path>[^\s:"']{1,300})["']?: no such file or directory/,
          /can't (?:open|find|cd to|stat|read) (?:file |input file )?['"]?[^\n'"]{1,300}['"]?:? ?(?:\[Errno 2\] )?(?:No such file|$)/,
          /(?:cat|ls|cp|mv|source|tar|grep|sed|chmod|chown|python3?|node|\.): (?:can't |cannot )?(?:open |access |stat |opening )?['"]?[^\n'"]{1,300}['"]?: No such file/,
          /cannot (?:open|stat|access|read|find|load) (?:file |directory |the file |certificate |config \w{1,10} )?['"‘]?[^\n]{1,200}: No such file/,
          /could not open (?:file|configuration|extension|the)[^\n]{0,200}(?:No such file|$|\.)/,
        ]),
        unless: anyOf([
          /shared object|Permission denied|exec user process|error while loading shared|\.so\.\d/,
          /\.so\b[^\n]{0,40}cannot open|unix:\/\/|\.sock\b|\[notice\]|docker-entrypoint\.d|invalid ELF/,
        ]),
        confidence: 'certain',
        weight: 60,
      }),
      ...said({
        text: anyOf([
          /[Nn]o such file or directory/,
          /(?:file|directory|folder|path|certificate|template|keystore|truststore|jar|script|config(?:uration)? file|key file|entry ?point|package\.json|manage\.py|index\.\w{2,4})\b[^\n]{0,160}(?:(?:could|can|was|is|does|do) ?(?:not|n't) (?:be )?(?:found|exist|there|present|be (?:read|opened|loaded))|not found|missing|is missing|cannot be found|doesn't exist)/,
          /(?:[Cc]ould ?n[o']t|[Cc]annot|[Uu]nable to|[Ff]ailed to|can't) (?:find|locate|open|stat|load|read|access)\b[^\n]{0,40}(?:file|path|directory|folder|\/[\w.-]{1,60}\/|config|cert|package\.json|module|\.(?:ya?ml|json|toml|conf|pem|crt|key|jar|py|js|xml|ini|properties))/,
          /(?:file|directory) (?:does not|doesn't) exist|Missing (?:file|script|directory)/,
          /npm (?:ERR! |error )?(?:enoent|Missing script)|Missing script:/,
          /No (?:config(?:uration)?|such|input|package) file\b|0 JARs found|Could not open configuration file/,
          /no configuration file (?:provided|found)|Couldn't find .{0,80}(?:file|directory)|Resource not found/,
          /Template .{0,60} not found|no main manifest attribute|requires jar file|hostfxr|application to execute does not exist/,
          /command or file was not found|could not read \/|Could not find '\w{1,60}' \([\d.]{1,12}\) required/,
          /[Ff]ailed to load (?:main )?class\b|production build in the|[Cc]ould ?n[o']t import (?:module|app|application)|(?:[Uu]nable|[Ff]ailed) to import/,
          /Could not find \S{1,200} in any of the sources|(?:file|directory)['"]? '?[^\n]{1,200}'? does not exist/,
          /"?[\w./-]{1,100}\.(?:ya?ml|json|conf|toml|pem|crt|jar)"? (?:not found|does not exist|is missing)/,
        ]),
        unless: anyOf(
          [
            /shared object|shared librar|exec user process|executable|\.so(?:\.|\b)|command not found|unix:|\.sock\b/,
            /docker\.sock|warn|secret "|configmap "|DNS|user not found|relation "|\[notice\]|cgroup/,
            /(?:no such|unknown|resolve|find) host|host(?:name)? (?:not found|"|could)|HTTP\/\d|HTTP (?:status|error)|\b404\b/,
            /parse|GLIBC|permission denied|[Pp]ermission|for (?:writing|append)|must install/,
          ],
          'i',
        ),
        weight: 56,
      }),
      ...said({ text: errorNames.missingFile, unless: /\.so\b|shared librar|HTTP|index|key/i, weight: 51 }),
      ...said({
        text: /not found\b|does ?n[o']t exist|(?:could|can) ?n[o']t (?:be )?(?:found|find|locate)|no such\b|\bis missing\b|missing (?:file|path)/i,
        unless:
          /bean|service|provider|host|user|role|table|column|database|command|symbol|version|version|attribute|method|argument|option|flag|property|setting|variable|key|token/i,
        confidence: 'possible',
        weight: 36,
        decisive: true,
      }),
    ],
    explain: (given) => {
      const file = fileOf(given) ?? given.facts['path'] ?? given.facts['module'] ?? given.facts['main']
      return `${who(given)} needs ${file === undefined ? 'a file' : file} and does not find it. ${spoken(given)}: ${cited(given.quote)}.${mountOf(given)}${ending(given)} Either the image lacks it, the path or working directory is wrong, or a volume is not mounted there (or hides what the image has there).${closing(given, /volumes|volumeMounts|image|command|args|workingDir/)}`
    },
    remedies: (given) => [
      showContainer(given, 'Compare volumeMounts, workingDir and arguments with the path that it looks for.'),
      debugCopy(given, 'Look what the image holds at that path.', 'ls -la /'),
      {
        text: 'See which keys the ConfigMaps and Secrets have: each becomes a file of its name.',
        command: `kubectl describe configmaps${inNamespace(given)}`,
      },
      ...afterwards(given),
    ],
  },
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
          /running as root is not (?:permitted|allowed)|must (?:not )?be run as (?:root|non-root)/,
          /can(?:not| ?not) (?:be )?run(?:ning)? .{0,30}as root|don't run .{0,30}as root|cannot switch to user/,
          /(?:[Cc]annot|[Cc]an't|[Cc]ould not|[Uu]nable to|[Ff]ailed to) (?:open|create) \S{1,200} for (?:writing|append)/,
          /[Uu]nable to write to the (?:backend|disk|volume|folder|directory|drive|storage|path)|(?:has|have|needs?|lacks?|add|check|without) (?:the )?(?:write|read|execute) (?:permissions?|access)/,
          /Can't (?:create|write)[^\n]{0,100}(?:Errcode: 13|errno 13)|Errcode: 13\b|\(OS errno 1[ )]/,
          /iptables[^\n]{0,100}(?:must be root|not permitted|Permission denied)|you must be root|ptrace/,
        ]),
        unless: /for user|password|publickey|SQLSTATE|[Cc]ode:? 403|[Cc]ode:? 403|relation|rpc error|Forbidden|pg_hba|RBAC/i,
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
  {
    code: 'PortInUse',
    family: 'crash',
    title: 'The port is taken',
    severity: 'critical',
    meaning: 'The program cannot listen, because its address is already in use.',
    knownBy: ['The log says "address already in use", EADDRINUSE or "port is already allocated".'],
    clues: said({
      text: anyOf([
        /AH00072|[Aa]ddress(?: is)? (?:already )?in use|EADDRINUSE/,
        /[Pp]ort (?<port>\d{2,5}) (?:is |was )?(?:already )?(?:in use|being used|used|allocated|taken|occupied|bound)/,
        /port (?:is )?already (?:in use|allocated|bound|used)|Only one usage of each socket address/,
        /java\.net\.BindException|could not bind to (?:port|address)[^\n]{0,80}in use|WSAEADDRINUSE/,
        /[Aa]ddress already bound|listener .{0,60}already in use|already (?:listening|running) on port|\(98\)/,
        /errno: ?98\b/,
      ]),
      unless: /Cannot assign requested|Permission denied/,
      confidence: 'certain',
      weight: 78,
    }).concat(said({ text: errorNames.portInUse, weight: 77 })),
    explain: (given) => {
      const port = given.facts['port'] ?? portOf(given.quote)
      const shared =
        given.spec?.facts['hostNetwork'] === 'true'
          ? ` The pod uses the network of node ${nodeOf(given)}, so any program there may hold the port.`
          : ' The containers of a pod share one network: another container of it, a first process of this one, or with hostNetwork a program of the node holds the port.'
      return `${who(given)} cannot listen on ${port === undefined ? 'its port' : `port ${port}`}, because something else already does. ${spoken(given)}: ${cited(given.quote)}.${shared}${ending(given)}${closing(given, /ports|hostNetwork|args|command|containers|env/)}`
    },
    remedies: (given) => [
      {
        text: 'See the ports of all containers of the pod, and whether it uses the network of the node.',
        command: `kubectl get pod ${given.observation.subject.name}${inNamespace(given)} -o jsonpath='{.spec.hostNetwork}{"\\n"}{range .spec.containers[*]}{.name}{"\\t"}{.ports}{"\\n"}{end}'`,
      },
      {
        text: 'See who listens, from within the network of the pod.',
        command: `kubectl debug ${given.observation.subject.name}${inNamespace(given)} -it --image=busybox --target=${given.observation.subject.container ?? 'CONTAINER'} -- netstat -tlnp`,
      },
      { text: 'Give one of them another port, by its argument or variable, and its probes and Service with it.' },
      readPrevious(given),
      ...afterwards(given),
    ],
  },
]

const portOf = (quote: string): string | undefined =>
  /:(\d{2,5})\b(?!:\d)(?=[^\n]{0,80}(?:in use|bind|listen|EADDR|$))/.exec(quote)?.[1]

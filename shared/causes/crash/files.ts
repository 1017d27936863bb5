import { anyOf } from '../any-of.ts'
import type { Cause } from '../cause.ts'
import { inNamespace, who } from '../wording.ts'
import { afterwards, cited, closing, debugCopy, ending, showContainer, spoken } from './case.ts'
import { fileOf, mountOf } from './file-paths.ts'
import { said } from './said.ts'
import { errorNames } from './vocabulary.ts'

/** What a program looks for in the file system. */
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
          /no package called|(?:[Pp]ackage|[Mm]odule|[Cc]rate|[Gg]em) [‘'"]?[\w./-]{1,80}[’'"]? (?:was |is |could |can )?(?:not (?:found|installed|be found))/,
          /[Ff]ailed to load (?:main )?class\b|production build in the|[Cc]ould ?n[o']t import (?:module|app|application)|(?:[Uu]nable|[Ff]ailed) to import/,
          /Could not find \S{1,200} in any of the sources|(?:file|directory)['"]? '?[^\n]{1,200}'? does not exist/,
          /"?[\w./-]{1,100}\.(?:ya?ml|json|conf|toml|pem|crt|key|jar|dll|exe|py|js|mjs|rb|php|sh|ini|xml|properties|env|db)["']? (?:was )?(?:not found|does not exist|is missing)/,
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
        text: /\bno [\w ]{2,40} (?:available|found|loaded|exists?)\b|not found\b|does ?n[o']t exist|(?:could|can) ?n[o']t (?:be )?(?:found|find|locate)|no such\b|\bis missing\b|missing (?:file|path)/i,
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
]

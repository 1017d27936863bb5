import { anyOf } from '../any-of.ts'
import type { Case, Cause } from '../cause.ts'
import { creationClues } from '../creation-clues.ts'
import { specFacts, who } from '../wording.ts'
import { afterwards, cited, closing, debugCopy, ending, patchContainer, showContainer, spoken } from './case.ts'
import { said } from './said.ts'

/** The command line that the manifest gives, or that of the image. */
function commandOf({ spec }: Case): string {
  const words = [...(spec?.command ?? []), ...(spec?.args ?? [])]
  return words.length === 0 ? 'the command of its image' : `"${words.join(' ').slice(0, 200)}"`
}

const imageOf = (given: Case) => given.spec?.image ?? specFacts(given)['image'] ?? 'the image'

/** Programs that cannot be started at all. */
export const commands: readonly Cause[] = [
  {
    code: 'CommandNotFound',
    family: 'crash',
    title: 'The command does not exist in the image',
    severity: 'critical',
    meaning: 'The command or entrypoint of the container is not in its image.',
    knownBy: [
      'The runtime says so: "executable file not found in $PATH", or "no such file or directory" of what it should start.',
      'A shell or wrapper script says "not found", or the exit code is 127.',
    ],
    clues: [
      ...creationClues({
        text: anyOf(
          [
            /exec: \\?"(?<command>[^"\\]{1,300})\\?": (?:executable file )?not found in/,
            /executable file (?:`[^`]{1,200}` )?not found/,
            /exec: \\?"(?<command>[^"\\]{1,300})\\?": (?:stat [^:]{1,300}: )?no such file or directory/,
            /exec(?:ing)? [^:]{0,80}: no such file or directory|exec user process caused \\?"no such file/,
            /stat [^:]{1,300}: no such file or directory: unknown|open executable: No such file/,
            /failed to find executable|no command specified|system cannot find the (?:file|path) specified/,
            /No such file or directory: OCI runtime attempted to invoke a command that was not found/,
            /CreateProcess[^\n]{0,200}(?:0x2\b|cannot find)/,
          ],
          'i',
        ),
        unless: /\bmount(?:ing)?\b|\/proc\/self\/fd|cgroup|lstat|symlink|netns|rootfs/i,
        confidence: 'certain',
        weight: 89,
      }),
      {
        source: 'event',
        text: /exec: \\?"(?<command>[^"\\]{1,300})\\?": (?:executable file )?(?:not found in|stat [^:]{1,300}: no such)|executable file not found in \$PATH/i,
        unless: /probe|hook/i,
        reason: ['Failed', 'FailedSync', 'BackOff'],
        confidence: 'certain',
        weight: 88,
      },
      ...said({
        text: anyOf([
          /exec user process caused:? "?no such file or directory/,
          /^(?:\[FATAL tini \(\d{1,6}\)\] )?exec (?<command>\S{1,300}):? (?:failed: )?[Nn]o such file or directory/,
          /^exec: "?(?<command>[^"\n]{1,200})"?:? (?:executable file )?not found/,
        ]),
        confidence: 'certain',
        weight: 80,
      }),
      ...said({
        text: anyOf(
          [
            /(?:^|[\s/])(?:ba|da|a|z|k)?sh: (?:line )?(?:\d{1,5}: ){0,2}(?<command>[\w./@+-]{1,200}): (?:command )?not found/,
            /(?:entrypoint|start|run|init|boot|docker)[\w./-]{0,100}: (?:line )?\d{1,5}: (?<command>[\w./@+-]{1,200}): (?:command )?not found/,
            /\.sh: (?:line )?\d{1,5}: (?:exec: )?(?<command>[\w./@+-]{1,200}): (?:command )?(?:not found|No such file or directory)/,
            /(?:^|: )(?<command>[\w./@+-]{1,100}): command not found/,
            /can't execute '(?<command>[^']{1,200})': No such file/,
            /(?:ba|da|a|z|k)?sh: (?:line )?(?:\d{1,5}: ){0,2}(?<command>\/[\w./@+-]{1,200}): No such file or directory/,
            /\/usr\/bin\/env: ['‘"`]?(?<command>[^'’"`:]{1,200})['’"`]?: No such file/,
            /env: can't execute '(?<command>[^']{1,200})'|executable file (?:"[^"]{1,200}" )?not found in \$PATH/,
            /unable to (?:find|exec) (?:executable|command)/,
          ],
          'i',
        ),
        unless: /\.(?:ya?ml|json|conf|cfg|ini|env|crt|pem|key|txt|properties): No such file/,
        weight: 72,
      }),
      ...said({
        text: /(?:\.sh|sh|entrypoint[\w.-]{0,40}): (?:line )?\d{0,5}:? ?(?:exec: )?(?<command>[\w./@+-]{1,200}): [Nn]ot found/,
        weight: 72,
      }),
      {
        source: 'status',
        confidence: 'likely',
        weight: 46,
        when: ({ state, exitCode }) => (state === 'terminated' || state === 'last') && exitCode === 127,
      },
    ],
    explain: (given) =>
      `${who(given)} cannot start: it runs ${commandOf(given)}, and ${nameOf(given)} is not in ${imageOf(given)}. ${spoken(given)}: ${cited(given.quote)}.${ending(given)} Either the name or path is wrong, the image lacks the program (or the interpreter that its first line names), or a volume hides the folder that holds it.${closing(given, /command|args|image/)}`,
    remedies: (given) => [
      showContainer(given, 'Compare command, args and mounts with what the image holds.'),
      debugCopy(given, 'Look for the program in the image; distroless images have no shell: then use --image=busybox --target.'),
      patchContainer(given, 'Set the right command (an empty list takes the one of the image).', {
        command: ['/path/to/program'],
        args: null,
      }),
      ...afterwards(given),
    ],
  },
  {
    code: 'CommandNotExecutable',
    family: 'crash',
    title: 'The command may not be executed',
    severity: 'critical',
    meaning: 'The command exists, and the container may not execute it.',
    knownBy: ['The runtime says "permission denied" of what it should start.', 'A shell says so, or the exit code is 126.'],
    clues: [
      ...creationClues({
        text: anyOf(
          [
            /exec: \\?"(?<command>[^"\\]{1,300})\\?":? ?(?:stat [^:]{1,300}: )?(?:permission denied|is a directory|operation not permitted)/,
            /exec user process caused:? \\?"?permission denied/,
            /exec(?:ve|ing)? [^:\n]{1,200}: (?:permission denied|operation not permitted)/,
            /open executable: Permission denied|executable file .{0,100}permission denied/,
            /(?:starting container process caused|unable to start container process)[^\n]{0,200}: permission denied/,
          ],
          'i',
        ),
        unless: /\bmount(?:ing)?\b|chdir|cgroup|seccomp|apparmor|keyring|setgroups|netns|rootfs|\/dev\/|\/proc\//i,
        confidence: 'certain',
        weight: 90,
      }),
      ...said({
        text: /exec user process caused:? "?permission denied|^(?:\[FATAL tini \(\d{1,6}\)\] )?exec (?<command>\S{1,300}):? (?:failed: )?[Pp]ermission denied/,
        confidence: 'certain',
        weight: 80,
      }),
      ...said({
        text: anyOf([
          /(?:^|[\s/])(?:ba|da|a|z|k)?sh: (?:line )?(?:\d{1,5}: ){0,2}(?:exec: )?(?<command>[\w./@+-]{1,200}): (?:Permission denied|cannot execute: (?:Permission|Is a dir)|Is a directory)/,
          /\.sh: (?:line )?\d{1,5}: (?:exec: )?(?<command>[\w./@+-]{1,200}): (?:[Cc]annot execute: )?Permission denied/,
          /can't execute '?(?<command>[^':]{1,200})'?: Permission denied/,
          /\/usr\/bin\/env: ['‘"`]?(?<command>[^'’"`:]{1,200})['’"`]?: Permission denied/,
        ]),
        weight: 71,
      }),
      {
        source: 'status',
        confidence: 'likely',
        weight: 46,
        when: ({ state, exitCode }) => (state === 'terminated' || state === 'last') && exitCode === 126,
      },
    ],
    explain: (given) =>
      `${who(given)} cannot start: ${nameOf(given)} exists in ${imageOf(given)}, and the user of the container may not execute it. ${spoken(given)}: ${cited(given.quote)}.${ending(given)} The execute bit is missing (files of a ConfigMap have mode 0644 unless defaultMode says otherwise), the command is a folder, or the volume is mounted noexec.${closing(given, /command|args|image|defaultMode|volumes|securityContext/)}`,
    remedies: (given) => [
      {
        text: 'In the image, make it executable and build anew.',
        command: `# Dockerfile: COPY --chmod=755 start.sh /start.sh    (or: RUN chmod +x /start.sh)`,
      },
      {
        text: 'Where it comes from a ConfigMap or Secret, give its volume an executable mode in the manifest: defaultMode: 0755.',
      },
      patchContainer(given, 'Or let the interpreter read it, which needs no execute bit.', {
        command: ['sh', given.facts['command'] ?? '/path/to/script'],
      }),
      ...afterwards(given),
    ],
  },
  {
    code: 'BinaryArchitectureMismatch',
    family: 'crash',
    title: 'The program is not for this CPU',
    severity: 'critical',
    meaning:
      'The kernel cannot execute the file: it was built for another CPU, or is a script without a first line that names its interpreter.',
    knownBy: ['The runtime or the shell says "exec format error" or "cannot execute binary file".'],
    clues: [
      ...creationClues({
        text: /exec format error|cannot execute binary file|ENOEXEC|not a valid Win32 application|0xc1\b.{0,60}not a valid/i,
        confidence: 'certain',
        weight: 92,
      }),
      ...said({
        text: anyOf([
          /exec(?:ve)?(?: user process caused)?[ :"(]?.{0,300}exec format error|[Ee]xec format error/,
          /cannot execute binary file|Syntax error: (?:"\(" unexpected|word unexpected \(expecting "\)"\))/,
          /qemu-\w{1,20}(?:-static)?: Could not open '\/lib|rosetta error|wrong ELF class|invalid ELF header/,
          /Bad CPU type/,
        ]),
        unless: /ImportError|\.so(?:\.\d{1,3})?: |\.node\b/,
        confidence: 'certain',
        weight: 86,
      }),
    ],
    explain: (given) =>
      `${who(given)} cannot start: the kernel of its node does not know how to execute ${nameOf(given)} of ${imageOf(given)}. ${spoken(given)}: ${cited(given.quote)}.${ending(given)} The image was built for another CPU (arm64 on a laptop and amd64 in the cluster, or the reverse), or the file is a script without "#!" in its first line.${closing(given, /image|command|nodeSelector|affinity/)}`,
    remedies: (given) => [
      { text: 'See which CPUs the nodes have.', command: 'kubectl get nodes -L kubernetes.io/arch' },
      { text: 'See what the image was built for.', command: `docker buildx imagetools inspect ${imageOf(given)}` },
      {
        text: 'Build it for both.',
        command: `docker buildx build --platform linux/amd64,linux/arm64 -t ${imageOf(given)} --push .`,
      },
      ...afterwards(given),
    ],
    factor: (given) => given.spec?.image,
  },
]

function nameOf({ facts, spec }: Case): string {
  const found = facts['command'] ?? spec?.command[0]
  return found === undefined ? 'the program' : `"${found}"`
}

import { anyOf } from '../any-of.ts'
import type { Cause } from '../cause.ts'
import { creationClues } from '../creation-clues.ts'
import { who } from '../wording.ts'
import { afterwards, cited, closing, debugCopy, ending, patchContainer, showContainer, spoken } from './case.ts'
import { commandOf, imageOf, nameOf } from './command-line.ts'
import { said } from './said.ts'

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
]

import { anyOf } from '../any-of.ts'
import type { Cause } from '../cause.ts'
import { creationClues } from '../creation-clues.ts'
import { who } from '../wording.ts'
import { afterwards, cited, closing, ending, spoken } from './case.ts'
import { imageOf, nameOf } from './command-line.ts'
import { said } from './said.ts'

/** Programs that the CPU of the node does not know. */
export const architectures: readonly Cause[] = [
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

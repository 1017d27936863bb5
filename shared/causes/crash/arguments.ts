import type { Observation } from '../../observation.ts'
import { anyOf } from '../any-of.ts'
import type { Case, Cause, Facts } from '../cause.ts'
import { inNamespace, who } from '../wording.ts'
import {
  settingsPath,
  afterwards,
  cited,
  closing,
  endOf,
  ending,
  patchContainer,
  patchPod,
  setVariable,
  showContainer,
  spoken,
} from './case.ts'
import { said } from './said.ts'

/** The variable that is spoken of. */
const variableOf = ({ facts }: Case) => facts['variable'] ?? facts['name'] ?? facts['key']

/** The variables of a Service `redis` begin with REDIS_; the program reads one of them as its own. */
const linked = (all: Observation): boolean | Facts => {
  const spec = all.evidence.find((e) => e.source === 'spec')
  return spec?.facts['serviceLinks'] !== 'false'
}

const addressIn = ({ facts }: Case) => facts['address'] ?? facts['value']

const argumentsOf = ({ spec }: Case): string => {
  const words = [...(spec?.command ?? []), ...(spec?.args ?? [])]
  return words.length === 0
    ? 'The manifest gives none, so they are those of the image.'
    : `The manifest calls it with: ${words.join(' ').slice(0, 240)}.`
}

/** How a program is called: by its arguments, and by variables that Kubernetes itself sets. */
export const callings: readonly Cause[] = [
  {
    code: 'ServiceLinkCollision',
    family: 'crash',
    title: 'A variable that Kubernetes injects overrides a setting',
    severity: 'critical',
    meaning:
      'For each Service Kubernetes injects variables such as REDIS_PORT=tcp://10.0.0.1:6379; the program reads one of them as its own setting.',
    knownBy: ['The log complains of a value like tcp://10.96.0.1:6379 where a number is wanted.'],
    clues: said({
      text: /\b(?<variable>[A-Z][A-Z0-9_]{2,80}_PORT)\b[^\n]{0,160}?tcp:\/\/(?<value>[\d.]{7,15}:\d{1,5})|["'`=: (]tcp:\/\/(?<address>\d{1,3}(?:\.\d{1,3}){3}:\d{1,5}|\[[0-9a-f:]{3,45}\]:\d{1,5})/,
      unless:
        /(?:Listening|listening|Connect|connect|dial|endpoint|broker|nats)[^"']{0,60}tcp:\/\/|DOCKER_HOST|refused|timed? ?out/,
      confidence: 'certain',
      weight: 79,
      when: linked,
    }).concat(
      said({
        text: /\b(?<variable>[A-Z][A-Z0-9_]{0,80})?(?:PORT[._]\d{2,5}[._](?:TCP|UDP)|[A-Z0-9]_SERVICE_(?:HOST|PORT))\b/,
        unless: /KUBERNETES_SERVICE|KUBERNETES_PORT|must be defined|=tcp:|export |declare -x/,
        weight: 72,
        when: linked,
      }),
    ),
    explain: (given) =>
      `${who(given)} reads a variable that Kubernetes itself has set. ${spoken(given)}: ${cited(given.quote)}. A Service in the same namespace makes Kubernetes inject ${variableOf(given) ?? '<NAME>_PORT'}=tcp://${addressIn(given) ?? '...'} into every container, and the program takes that for its own setting of the same name.${ending(given)}${closing(given, settingsPath)}`,
    remedies: (given) => [
      patchPod(given, 'Turn these variables off; hardly any program wants them.', { enableServiceLinks: false }),
      ...(variableOf(given) === undefined
        ? []
        : [
            setVariable(
              given,
              'Or set the variable yourself, which wins.',
              `${variableOf(given) ?? ''}=${addressIn(given)?.split(':').at(-1) ?? 'VALUE'}`,
            ),
          ]),
      { text: 'See which Services inject variables here.', command: `kubectl get services${inNamespace(given)}` },
      ...afterwards(given),
    ],
  },
  {
    code: 'InvalidArguments',
    family: 'crash',
    title: 'The program rejects its arguments',
    severity: 'critical',
    meaning: 'The program rejects a flag, an argument or a subcommand.',
    knownBy: ['The log names an unknown flag, option or command, or prints its usage and ends with exit code 2 or 64.'],
    clues: [
      ...said({
        text: anyOf([
          /flag provided but not defined:? ?(?<flag>\S{1,100})?/,
          /unknown (?:shorthand )?(?:flag|option|command line option|argument|switch|subcommand|long flag|short flag|command)s?\b:?[^\n]{0,3}(?<unknown>["'`]?[^\s"'`]{1,100})?/,
          /[Uu]n(?:recogni[sz]ed|known|expected|supported|defined) (?:VM |JVM |command[- ]line |long |short )?(?:option|argument|flag|switch|subcommand)s?\b/,
          /error: (?:unrecognized arguments|the following arguments are required|argument \S{1,60}: (?:invalid|expected))/,
          /(?:invalid|illegal|bad|unrecognized|ambiguous) option\b|No such (?:option|command)\b|unexpected argument/,
          /Found argument '|wasn't expected|bad flag syntax|flag needs an argument|option requires an argument/,
          /requires (?:at least|exactly|a) ?\d{0,3} arg|accepts (?:at most |between |\d)[^\n]{0,30}arg\(s\)/,
          /(?:the )?required (?:flag|argument|option)s?(?:\(s\))? [^\n]{0,80}(?:not (?:set|provided)|missing)/,
          /required arguments? were not provided|missing (?:required )?(?:argument|operand|flag|option)/,
          /too (?:many|few) (?:command-line )?arguments|[Uu]nrecognized VM option/,
          /Could not find or load main class -|Error: Unknown (?:command|argument|option)/,
          /invalid argument "[^"\n]{0,200}" for "?-|invalid value "[^"\n]{0,200}" for flag|[Ii]nvalid boolean flag/,
          /unknown command "[^"\n]{1,100}" for "|bad option\b|invalid value '[^'\n]{0,100}' for '/,
          /unexpected arguments|Conflicting collector combinations|Invalid (?:maximum|initial) heap size/,
          /Initial heap size set to a larger|Invalid (?:thread stack size|initial heap|maximum heap)/,
          /invalid (?:command[- ]line )?(?:flag|argument|option)s?\b|[Uu]nable to parse (?:command line|arguments)/,
          /arguments? (?:are|is) (?:not valid|invalid)|the (?:argument|value) \S{1,80} for (?:option|flag|argument) \S{1,80} is (?:invalid|not)/,
          /(?:[Ff]lags?|[Oo]ptions?|[Aa]rguments?) [^\n]{0,120}(?:mutually exclusive|cannot be (?:used|combined|set) together)/,
          /is not a (?:valid )?\S{0,20} ?(?:command|option|flag|argument|subcommand)\b/,
          /error parsing (?:commandline|command line|flags|arguments)|unrecognized command/,
        ]),
        unless: anyOf([
          /redis|ERR unknown command|unknown command.{0,40}(?:reply|redis)|directive|in configuration|config file/,
          /\.ya?ml|\.conf\b|\.toml|module option|kernel|unexpected argument type|Unexpected option in|socket/,
          /setsockopt|Invalid argument: |: [Ii]nvalid argument\)?\s*$|EINVAL|(?:open|read|write|mmap|mount|fsync) \S{1,200}: invalid/,
        ]),
        weight: 69,
        confidence: 'certain',
      }),
      ...said({
        text: anyOf([
          /\[ERROR\] \[MY-\d{1,7}\].{0,80}unknown (?:variable|option) ['"]--?|unknown variable '/,
          /unrecognized (?:configuration )?parameter "[^"]{1,100}"|invalid argument for '/,
          /(?:ERROR|[Ee]rror):? [^\n]{0,60}(?:unknown|invalid) (?:flag|argument|option)/,
        ]),
        weight: 62,
      }),
      ...said({
        text: /^\s{0,4}[Uu](?:sage|SAGE):\s|^Usage of /,
        unless: /%|[Mm]emory|[Cc]pu|[Dd]isk/,
        confidence: 'likely',
        weight: 44,
        when: (all) => [2, 64, 1, 255].includes(endOf(all)?.exitCode ?? 1),
      }),
      {
        source: 'status',
        confidence: 'possible',
        weight: 18,
        when: ({ state, exitCode }) => (state === 'terminated' || state === 'last') && exitCode === 64,
      },
    ],
    explain: (given) =>
      `${who(given)} rejects how it is called. ${spoken(given)}: ${cited(given.quote)}. ${argumentsOf(given)}${ending(given)} This version of the program does not know the flag or subcommand, it is misspelt, or an argument is missing or stands in the wrong place (one string with spaces is one argument).${closing(given, /args|command|image/)}`,
    remedies: (given) => [
      showContainer(given, 'Read the arguments as the container gets them.'),
      {
        text: 'Ask this very version for what it knows.',
        command: `kubectl run usage --rm -it --restart=Never --image=${given.spec?.image ?? 'IMAGE'}${inNamespace(given)} -- --help`,
      },
      patchContainer(given, 'Correct the arguments.', { args: [...(given.spec?.args ?? ['--the-right-flag'])] }),
      ...afterwards(given),
    ],
  },
]

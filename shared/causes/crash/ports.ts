import { anyOf } from '../any-of.ts'
import type { Cause } from '../cause.ts'
import { inNamespace, nodeOf, who } from '../wording.ts'
import { afterwards, cited, closing, ending, readPrevious, spoken } from './case.ts'
import { said } from './said.ts'
import { errorNames } from './vocabulary.ts'

/** What a program wants of the network of its pod. */
export const ports: readonly Cause[] = [
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

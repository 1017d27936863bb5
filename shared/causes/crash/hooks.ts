import type { Cause } from '../cause.ts'
import { inNamespace, who } from '../wording.ts'
import { afterwards, cited, closing, ending, patchContainer, showContainer } from './case.ts'

/** What the kubelet runs in a container after its start and before its end. */
export const hooks: readonly Cause[] = [
  {
    code: 'LifecycleHookFailed',
    family: 'crash',
    title: 'A lifecycle hook fails',
    severity: 'critical',
    meaning: 'The postStart or preStop hook of the container fails; a failed postStart kills the container.',
    knownBy: ['A FailedPostStartHook or FailedPreStopHook event, or PostStartHookError as the reason of waiting.'],
    clues: [
      { source: 'event', reason: ['FailedPostStartHook'], confidence: 'certain', weight: 84 },
      { source: 'status', reason: ['PostStartHookError', 'PostStart Hook Failed'], confidence: 'certain', weight: 83 },
      {
        source: 'event',
        text: /(?:PostStart|postStart|Post Start) ?[Hh]ook|FailedPostStartHook/,
        unless: /success/i,
        confidence: 'certain',
        weight: 82,
      },
      { source: 'event', reason: ['FailedPreStopHook'], confidence: 'likely', weight: 30 },
    ],
    explain: (given) =>
      `The ${/prestop/i.test(`${'reason' in given.evidence ? given.evidence.reason : ''} ${given.quote}`) ? 'preStop' : 'postStart'} hook of ${who(given).replace(/^Container/, 'container')} fails, and the kubelet kills the container for it. The kubelet says: ${cited(given.quote)}.${ending(given)} The program itself may be well: what the hook calls is missing, ends with an error, or runs before the program is up.${closing(given, /lifecycle|image|command/)}`,
    remedies: (given) => [
      showContainer(given, 'Read the hook as it stands (lifecycle).'),
      {
        text: "Run the hook's command by hand, while the container is up.",
        command: `kubectl exec ${given.observation.subject.name}${inNamespace(given)} -c ${given.observation.subject.container ?? 'CONTAINER'} -- COMMAND`,
      },
      patchContainer(given, 'Take the hook out until it works.', { lifecycle: null }),
      ...afterwards(given),
    ],
  },
]

import { anyOf } from '../any-of.ts'
import type { Case, Cause } from '../cause.ts'
import { canRoll, changed, editWorkload, inNamespace, undo, watchRollout, who, workloadOf } from '../wording.ts'
import { refusalClues, said } from './refusal.ts'

const denied = anyOf(
  [
    /admission webhook "(?<webhook>[^"]+)" denied the request|\bdenied the request\b/,
    /ValidatingAdmissionPolicy '(?<policy>[^']+)'.{0,160}denied request/,
    /denied by (?<by>[\w.-]+)|blocked by policy/,
  ],
  'i',
)
const unavailable = anyOf(
  [
    /failed (?:calling|to call) (?:admission )?webhook "?(?<webhook>[\w./-]*)/,
    /(?:error|failure) (?:calling|when calling) webhook "?(?<called>[\w./-]*)/,
    /no endpoints available for service "(?<service>[^"]+)"/,
  ],
  'i',
)
/** The address names a time-out whatever goes wrong. */
const withoutQuery = (quote: string) => quote.replace(/\?timeout=\w+/g, '')

const nameOf = ({ facts, quote }: Case) =>
  facts['webhook'] || facts['policy'] || facts['by'] || facts['called'] || (/webhook "([^"]+)"/.exec(quote)?.[1] ?? 'WEBHOOK')

/** `https://NAME.NAMESPACE.svc:443/...` in its parts. */
function serviceOf({ quote }: Case): { name: string; namespace: string } | undefined {
  const match = /https?:\/\/([\w-]+)\.([\w-]+)\.svc/.exec(quote) ?? /service "?([\w-]+)"? .*namespace "?([\w-]+)/.exec(quote)
  return match?.[1] === undefined || match[2] === undefined ? undefined : { name: match[1], namespace: match[2] }
}

const configurations = (given: Case) =>
  `kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations -o json | jq -r '.items[] | select(.webhooks[].name == "${nameOf(given)}") | .kind + "/" + .metadata.name'`

/** Admission webhooks that say no, or do not answer. */
export const webhooks: readonly Cause[] = [
  {
    code: 'AdmissionWebhookDenied',
    family: 'admission',
    title: 'A policy denies the object',
    severity: 'critical',
    meaning: 'An admission webhook or policy (Kyverno, Gatekeeper, Istio, a cloud) denied the object.',
    knownBy: ['The API server says `admission webhook "..." denied the request`.'],
    clues: refusalClues(denied, 94, unavailable),
    explain: (given) => {
      const reason = said(given, 600).replace(/^.*?denied (?:the )?request:? ?/, '')
      return `${who(given)} gets no pods, because the policy behind the webhook ${nameOf(given)} denies them: ${reason || said(given)}. That is a rule of whoever runs this cluster, and repeats until the manifest meets it.${changed(given, /./)}`
    },
    remedies: (given) => [
      editWorkload(given, 'Change the manifest so that it meets the rule.'),
      {
        text: 'Find the rule.',
        command: /kyverno/i.test(given.quote)
          ? 'kubectl get clusterpolicies,policies -A'
          : /gatekeeper/i.test(given.quote)
            ? 'kubectl get constraints'
            : configurations(given),
      },
      {
        text: 'Try a manifest against all rules without creating anything.',
        command: `kubectl apply --dry-run=server -f MANIFEST${inNamespace(given)}`,
      },
      ...(canRoll(given)
        ? [
            {
              text: 'Then let the controller try again at once.',
              command: `kubectl rollout restart ${workloadOf(given)}${inNamespace(given)}`,
            },
          ]
        : []),
      ...undo(given),
      watchRollout(given),
    ],
    factor: nameOf,
  },
  {
    code: 'AdmissionWebhookUnavailable',
    family: 'admission',
    title: 'An admission webhook does not answer',
    severity: 'critical',
    meaning: 'The API server cannot call an admission webhook, and its failurePolicy is Fail.',
    knownBy: ['The API server says `failed calling webhook "..."`.'],
    clues: refusalClues(unavailable, 92, /denied the request: (?!.*failed)/),
    explain: (given) => {
      const service = serviceOf(given)
      const why = /connection refused/.test(given.quote)
        ? 'nothing listens behind its service'
        : /no endpoints/.test(given.quote)
          ? 'its service has no ready pod'
          : /x509|certificate/.test(given.quote)
            ? 'its certificate is not accepted (expired, for another name, or the caBundle is out of date)'
            : /not found/.test(given.quote)
              ? 'its service does not exist'
              : /deadline|timeout|timed out/i.test(withoutQuery(given.quote))
                ? 'it does not answer in time (its pods are down or slow, or the network or a firewall keeps the control plane from it)'
                : 'the call fails'
      return `${who(given)} gets no pods: each one must first be shown to the webhook ${nameOf(given)}${service === undefined ? '' : ` (service ${service.name} in namespace ${service.namespace})`}, and ${why}. The workload itself is all right; everything else that this webhook must see is blocked in the same way.`
    },
    remedies: (given) => {
      const service = serviceOf(given)
      return [
        ...(service === undefined
          ? []
          : [
              {
                text: 'See whether its pods run and are ready, and bring them back.',
                command: `kubectl get service,endpointslices,pods -n ${service.namespace} -o wide | grep ${service.name}`,
              },
            ]),
        { text: 'Find its configuration.', command: configurations(given) },
        {
          text: 'If what it belonged to was removed, remove the configuration as well; in an emergency, let requests pass while it is down (know what it guards).',
          command: `kubectl patch mutatingwebhookconfiguration NAME --type=json -p '[{"op":"replace","path":"/webhooks/0/failurePolicy","value":"Ignore"}]'`,
        },
        ...(/deadline|timeout|timed out/i.test(withoutQuery(given.quote))
          ? [{ text: 'On private clusters, open the port of the webhook (not only 443) from the control plane to the nodes.' }]
          : []),
        ...(canRoll(given)
          ? [
              {
                text: 'Then let the controller try again at once.',
                command: `kubectl rollout restart ${workloadOf(given)}${inNamespace(given)}`,
              },
            ]
          : []),
        watchRollout(given),
      ]
    },
    factor: nameOf,
  },
]

import type { Case, Cause } from '../cause.ts'
import { changed, editWorkload, inNamespace, undo, watchRollout, who } from '../wording.ts'
import { account, invalid as objection, quota, security, webhook } from './objections.ts'
import { retry, showRefusal } from './refusal-remedies.ts'
import { refusalClues, said } from './refusal.ts'

/** Objects that cannot exist as they are written. */
export const invalid: readonly Cause[] = [
  {
    code: 'ServiceAccountNotFound',
    family: 'admission',
    title: 'The service account of the pods does not exist',
    severity: 'critical',
    meaning: "The pod's service account does not exist.",
    knownBy: ['The API server says "error looking up service account".'],
    clues: refusalClues(account, 91, new RegExp(`${webhook.source}|constraint`, 'i')),
    explain: (given) => {
      const [namespace, name] = accountOf(given)
      return `${who(given)} gets no pods, because they are to run under the service account ${name}, and namespace ${namespace} has none of that name. It was not deployed, has another name, or is in another namespace.${changed(given, /serviceAccount/)}`
    },
    remedies: (given) => {
      const [namespace, name] = accountOf(given)
      return [
        { text: 'See which there are.', command: `kubectl get serviceaccounts -n ${namespace}` },
        {
          text: 'Create it (with the roles that the program needs).',
          command: `kubectl create serviceaccount ${name} -n ${namespace}`,
        },
        editWorkload(given, 'Or correct serviceAccountName.'),
        ...retry(given),
        ...undo(given),
        watchRollout(given),
      ]
    },
    factor: (given) => accountOf(given).join('/'),
  },
  {
    code: 'InvalidSpec',
    family: 'admission',
    title: 'The API server rejects the object as invalid',
    severity: 'critical',
    meaning: 'The API server rejects the object as invalid.',
    knownBy: ['The API server says "is invalid", with the field and what is wrong with it.'],
    clues: [
      ...refusalClues(objection, 70, new RegExp(`${quota.source}|${webhook.source}|${security.source}|${account.source}`, 'i')),
      {
        source: 'event',
        reason: ['FailedCreate', 'ReplicaSetCreateError', 'FailedUpdate', 'UnparseableSchedule', 'InvalidSchedule'],
        confidence: 'possible',
        weight: 30,
        unless: webhook,
      },
    ],
    explain: (given) => {
      const field =
        /(?:is invalid: |^)\[?([\w.[\]/-]+): (?:Invalid value|Required value|Unsupported value|Forbidden|Duplicate value|Too long)/.exec(
          said(given),
        )?.[1]
      const missing = /no PriorityClass with name (\S+) was found/.exec(given.quote)?.[1]
      const why = missing === undefined ? '' : ` The cluster has no priority class called ${missing}.`
      return `${who(given)} gets no pods, because the API server does not accept them${field === undefined ? '' : `: the field ${field} is wrong`}. It says: ${said(given)}.${why}${changed(given, /./)}`
    },
    remedies: (given) => [
      showRefusal(given),
      ...(/PriorityClass/.test(given.quote)
        ? [
            {
              text: 'See which priority classes there are; create it or name another one.',
              command: 'kubectl get priorityclasses',
            },
          ]
        : []),
      ...(/no more than 63/.test(given.quote)
        ? [
            {
              text: 'The name becomes part of a label, and a label has 63 characters at most: create the workload under a shorter name.',
            },
          ]
        : []),
      editWorkload(given, 'Correct the field in the manifest.'),
      {
        text: 'Let the API server check a manifest before it is rolled out.',
        command: `kubectl apply --dry-run=server -f MANIFEST${inNamespace(given)}`,
      },
      ...undo(given),
      watchRollout(given),
    ],
  },
]

function accountOf({ facts, quote, observation }: Case): [string, string] {
  const named = /serviceaccounts? "([^"]+)"/.exec(quote)?.[1]
  const path = (facts['account'] ?? '').split('/')
  return [
    path.length > 1 ? (path[0] ?? 'default') : (observation.subject.namespace ?? 'default'),
    named ?? (path.at(-1) || 'NAME'),
  ]
}

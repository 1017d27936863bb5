import type { Case, Cause } from '../cause.ts'
import { canRoll, changed, inNamespace, undo, watchRollout, who, workloadOf } from '../wording.ts'
import { refusalClues, said, target } from './refusal.ts'

const quota =
  /exceeded quota: (?<quota>[\w.-]+)|failed quota: (?<failed>[\w.-]+): must specify|must specify (?:limits|requests|cpu|memory)|insufficient quota to match these scopes|status unknown for quota|exceeds? (?:the )?(?:resource )?quota/i
const limits =
  /(?:maximum|minimum) (?<resource>[\w./-]+) (?:usage|limit|request)? ?per (?<scope>\w+)|must be less than or equal to (?:cpu|memory) limit .{0,160}LimitRange|max limit to request ratio|maxLimitRequestRatio|limit to request ratio|limitrange/i
const security =
  /violates PodSecurity|PodSecurityPolicy|pod security polic|security context constraint|unable to validate against any|is forbidden: .{0,160}(?:hostPath|privileged|runAsUser|hostNetwork).{0,160}not allowed|SecurityContextDeny|unable to admit pod/i
const account =
  /service ?account (?<account>[\w.-]{1,63}\/[\w.-]{1,253}):|service ?account[^\n]{1,120}(?:not found|does not exist)|serviceaccounts? "(?<named>[^"]+)" (?:not found|is forbidden)/i
const invalid =
  /is invalid:|Invalid value|Unsupported value|Required value|Forbidden: (?:may not|field is immutable|updates to)|must be (?:no more than|less than or equal|specified|unique|a valid)|no PriorityClass with name|Duplicate value|strict decoding error|cannot be handled as a|json: cannot unmarshal|does not match the namespace|runtimeclass.{0,160}not found|RuntimeClass "[^"]*" not found|pod rejected: .{0,160}overhead|unknown field|metadata\.(?:name|labels)/i
const webhook = /admission webhook "|failed calling webhook|failed to call webhook|validatingadmissionpolicy/i

const quotaOf = ({ facts }: Case) => facts['quota'] ?? facts['failed']
const theQuota = (given: Case) => (quotaOf(given) === undefined ? '' : ` ${quotaOf(given)}`)
const aQuota = (given: Case) => (quotaOf(given) === undefined ? 'a quota' : `the quota ${quotaOf(given)}`)

const showRefusal = (given: Case) => ({
  text: 'Read what the API server says of it.',
  command: `kubectl describe ${target(given)}${inNamespace(given)}`,
})
const edit = (given: Case, text: string) => ({ text, command: `kubectl edit ${workloadOf(given)}${inNamespace(given)}` })

/** Again at once, where a controller would wait for its back-off. */
const retry = (given: Case) =>
  canRoll(given)
    ? [
        {
          text: 'The controller tries again with growing pauses; this makes it try now.',
          command: `kubectl rollout restart ${workloadOf(given)}${inNamespace(given)}`,
        },
      ]
    : []

/** Objects that a rule of the API server itself forbids. */
export const forbidden: readonly Cause[] = [
  {
    code: 'QuotaExceeded',
    family: 'admission',
    title: "The namespace's quota is used up, or demands values that are missing",
    severity: 'critical',
    meaning: 'A ResourceQuota is exceeded, or the pod lacks requests or limits that a quota demands.',
    knownBy: ['The API server says "exceeded quota" or "failed quota ... must specify".'],
    clues: refusalClues(quota, 90, webhook),
    explain: (given) => {
      const numbers = /requested: (?<requested>[^,]+(?:,(?! used)[^,]+)*), used: (?<used>.+?), limited: (?<limited>.+?)$/.exec(
        said(given, 2000),
      )?.groups
      if (/must specify/.test(given.quote)) {
        const fields = /must specify ([\w.,/ -]+)/.exec(given.quote)?.[1]
        return `${who(given)} gets no pods: ${aQuota(given)} of namespace ${given.observation.subject.namespace ?? 'default'} counts ${fields ?? 'requests and limits'}, and so each container must name them, which these do not. A LimitRange with defaults would fill them in.${changed(given, /resources/)}`
      }
      return `${who(given)} gets no more pods: they would exceed ${aQuota(given)} of namespace ${given.observation.subject.namespace ?? 'default'}.${numbers === undefined ? '' : ` It asks for ${numbers['requested']}, ${numbers['used']} is used, and the limit is ${numbers['limited']}.`} What counts is what all pods of the namespace request, running or just being replaced.${changed(given, /resources|replicas/)}`
    },
    remedies: (given) => {
      const { subject } = given.observation
      return [
        {
          text: 'See the quota, and what is used of it.',
          command: `kubectl describe quota${theQuota(given)}${inNamespace(given)}`,
        },
        ...(/must specify/.test(given.quote)
          ? [
              {
                text: 'Name requests and limits for each container.',
                command: `kubectl set resources ${(subject.workload ?? subject).kind.toLowerCase()} ${(subject.workload ?? subject).name}${inNamespace(given)} --requests=cpu=100m,memory=128Mi --limits=cpu=500m,memory=256Mi`,
              },
            ]
          : [
              {
                text: 'Free some of it: lower requests, scale down, or remove what is not needed.',
                command: `kubectl get pods${inNamespace(given)} -o custom-columns=POD:.metadata.name,CPU:.spec.containers[*].resources.requests.cpu,MEMORY:.spec.containers[*].resources.requests.memory`,
              },
              {
                text: 'Or raise the quota, if you may.',
                command: `kubectl edit quota${theQuota(given)}${inNamespace(given)}`,
              },
            ]),
        ...retry(given),
        ...undo(given),
        watchRollout(given),
      ]
    },
    factor: (given) => `${given.observation.subject.namespace ?? ''}/${quotaOf(given) ?? ''}`,
  },
  {
    code: 'LimitRangeViolation',
    family: 'admission',
    title: "The namespace's LimitRange forbids the resources asked for",
    severity: 'critical',
    meaning: 'A LimitRange forbids the resources that the pod asks for.',
    knownBy: ['The API server says "maximum ... usage per Container is ..., but limit is ...".'],
    clues: refusalClues(limits, 88, new RegExp(`${quota.source}|${webhook.source}`, 'i')),
    explain: (given) =>
      `${who(given)} gets no pods, because a LimitRange of namespace ${given.observation.subject.namespace ?? 'default'} forbids what they ask for: ${said(given).replace(/^pods? "[^"]*" is forbidden: /, '')}.${changed(given, /resources/)}`,
    remedies: (given) => [
      { text: 'See what the namespace allows.', command: `kubectl describe limitrange${inNamespace(given)}` },
      edit(given, 'Ask for an amount within these bounds.'),
      {
        text: 'Or change the LimitRange, if the namespace may have more.',
        command: `kubectl edit limitrange${inNamespace(given)}`,
      },
      ...undo(given),
      ...retry(given),
      watchRollout(given),
    ],
    factor: ({ observation }) => observation.subject.namespace,
  },
  {
    code: 'PodSecurityViolation',
    family: 'admission',
    title: 'The security rules of the namespace forbid the pod',
    severity: 'critical',
    meaning: 'Pod Security admission, a PodSecurityPolicy or a security context constraint forbids the pod.',
    knownBy: [
      'The API server says "violates PodSecurity", "unable to validate against any pod security policy" or "... security context constraint".',
    ],
    clues: refusalClues(security, 89, webhook),
    explain: (given) => {
      const level = /violates PodSecurity "?([\w-]+):?/.exec(given.quote)?.[1]
      const by =
        level === undefined
          ? /constraint/.test(given.quote)
            ? 'no security context constraint that its service account may use allows it'
            : 'no PodSecurityPolicy that its service account may use allows it'
          : `namespace ${given.observation.subject.namespace ?? 'default'} enforces the level ${level}`
      return `${who(given)} gets no pods: ${by}. What is objected to: ${said(given, 500)
        .replace(/^pods? "[^"]*" is forbidden: /, '')
        .replace(/^violates PodSecurity "[^"]*": /, '')}.${changed(given, /securityContext|hostPath|hostPort|volumes/)}`
    },
    remedies: (given) => {
      const container = given.observation.subject.container ?? 'CONTAINER'
      const patch = `{"spec":{"template":{"spec":{"securityContext":{"runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"}},"containers":[{"name":"${container}","securityContext":{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]}}}]}}}}`
      return [
        ...(/constraint/.test(given.quote)
          ? [
              { text: 'See which constraint would do.', command: `oc adm policy scc-subject-review -f MANIFEST; oc get scc` },
              {
                text: 'If the workload may have it, grant it to its service account.',
                command: `oc adm policy add-scc-to-user SCC -z SERVICEACCOUNT${inNamespace(given)}`,
              },
            ]
          : /PolicySecurityPolicy|pod security polic|PodSecurityPolicy/i.test(given.quote)
            ? [
                {
                  text: 'See which policies there are, and who may use them.',
                  command: `kubectl get psp; kubectl auth can-i use psp/NAME --as=system:serviceaccount:${given.observation.subject.namespace ?? 'default'}:default`,
                },
              ]
            : [
                {
                  text: 'See what the namespace enforces.',
                  command: `kubectl get namespace ${given.observation.subject.namespace ?? 'default'} --show-labels`,
                },
              ]),
        {
          text: 'Give the pod the security settings that are asked for.',
          command: `kubectl patch ${workloadOf(given)}${inNamespace(given)} -p '${patch}'`,
        },
        {
          text: 'Only where the workload truly needs it (CNI, storage, agents), put it in a namespace that allows it.',
          command: `kubectl label namespace ${given.observation.subject.namespace ?? 'default'} pod-security.kubernetes.io/enforce=privileged --overwrite`,
        },
        ...undo(given),
        watchRollout(given),
      ]
    },
    factor: ({ observation }) => observation.subject.namespace,
  },
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
        edit(given, 'Or correct serviceAccountName.'),
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
      ...refusalClues(invalid, 70, new RegExp(`${quota.source}|${webhook.source}|${security.source}|${account.source}`, 'i')),
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
      edit(given, 'Correct the field in the manifest.'),
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

import type { Case, Cause } from '../cause.ts'
import { changed, editWorkload, inNamespace, undo, watchRollout, who } from '../wording.ts'
import { limits, quota, webhook } from './objections.ts'
import { retry } from './refusal-remedies.ts'
import { refusalClues, said } from './refusal.ts'

const quotaOf = ({ facts }: Case) => facts['quota'] ?? facts['failed']
const theQuota = (given: Case) => (quotaOf(given) === undefined ? '' : ` ${quotaOf(given)}`)
const aQuota = (given: Case) => (quotaOf(given) === undefined ? 'a quota' : `the quota ${quotaOf(given)}`)

/** Amounts of resources that the namespace does not allow. */
export const quotas: readonly Cause[] = [
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
      return `${who(given)} gets no more pods: they would exceed ${aQuota(given)} of namespace ${given.observation.subject.namespace ?? 'default'}.${numbers === undefined ? '' : ` Each new one asks for ${numbers['requested']}; in use is ${numbers['used']}, allowed is ${numbers['limited']}.`} What counts is what all pods of the namespace request, running or just being replaced.${changed(given, /resources|replicas/)}`
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
      editWorkload(given, 'Ask for an amount within these bounds.'),
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
]

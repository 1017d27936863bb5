import type { Cause } from '../cause.ts'
import { changed, inNamespace, undo, watchRollout, who, workloadOf } from '../wording.ts'
import { security, webhook } from './objections.ts'
import { refusalClues, said } from './refusal.ts'

/** Pods that may more than the namespace allows. */
export const podSecurity: readonly Cause[] = [
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
      const named = /containers? "([^"]+)"/.exec(given.quote)?.[1]
      const container = given.observation.subject.container ?? named ?? 'CONTAINER'
      const isByLabel = /violates PodSecurity/.test(given.quote)
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
          : /pod ?security ?polic|no providers available/i.test(given.quote)
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
        ...(isByLabel
          ? [
              {
                text: 'Only where the workload truly needs it (CNI, storage, agents), put it in a namespace that allows it.',
                command: `kubectl label namespace ${given.observation.subject.namespace ?? 'default'} pod-security.kubernetes.io/enforce=privileged --overwrite`,
              },
            ]
          : []),
        ...undo(given),
        watchRollout(given),
      ]
    },
    factor: ({ observation }) => observation.subject.namespace,
  },
]

import type { Case, Cause } from '../cause.ts'
import { inNamespace, who } from '../wording.ts'
import { factsOf } from './facts-of.ts'

const jobName = ({ observation: { subject, evidence } }: Case) =>
  subject.kind === 'Job'
    ? subject.name
    : (evidence.find((piece) => piece.source === 'object' && piece.object?.kind === 'Job')?.object?.name ??
      subject.workload?.name ??
      subject.name)

/** Jobs and pods that were given up. */
export const jobs: readonly Cause[] = [
  {
    code: 'DeadlineExceeded',
    family: 'workload',
    title: 'It ran longer than its deadline allows',
    severity: 'critical',
    meaning: 'A Job or a pod ran past its activeDeadlineSeconds.',
    knownBy: ['The Job or pod failed with the reason DeadlineExceeded.'],
    clues: [
      {
        source: 'object',
        reason: ['JobFailed', 'PodOverdue'],
        confidence: 'certain',
        weight: 52,
        when: ({ facts: { jobReason } }) => jobReason === 'DeadlineExceeded',
      },
      { source: 'event', reason: ['DeadlineExceeded'], confidence: 'certain', weight: 51 },
      { source: 'status', reason: ['DeadlineExceeded'], confidence: 'certain', weight: 52 },
    ],
    explain: (given) => {
      const deadline =
        given.facts['deadline'] ?? factsOf(given, 'JobFailed')['deadline'] ?? factsOf(given, 'PodOverdue')['deadline']
      return `${who(given)} was ended because it was still not done after its deadline${deadline === undefined ? '' : ` of ${deadline}`} (activeDeadlineSeconds). The time counts from the start of the Job and includes waiting for a node, pulling images and all retries; the program itself may be slow, hang, or have more to do than before.`
    },
    remedies: (given) => [
      {
        text: 'See what it did last.',
        command: `kubectl logs job/${jobName(given)}${inNamespace(given)} --tail=50; kubectl describe job ${jobName(given)}${inNamespace(given)}`,
      },
      {
        text: 'If it needs that time, give it more: the deadline cannot be changed in a Job that has failed, so correct activeDeadlineSeconds in its manifest (or the CronJob), and run it again.',
      },
      ...(given.observation.subject.workload?.kind === 'CronJob'
        ? [
            {
              text: 'Run it once by hand.',
              command: `kubectl create job ${jobName(given)}-again --from=cronjob/${given.observation.subject.workload.name}${inNamespace(given)}`,
            },
          ]
        : []),
      {
        text: 'If it hangs, see what it waits for while it runs.',
        command: `kubectl exec -it job/${jobName(given)}${inNamespace(given)} -- sh`,
      },
    ],
  },
  {
    code: 'JobBackoffLimitExceeded',
    family: 'workload',
    title: 'The Job used up its retries',
    severity: 'critical',
    meaning: 'A Job used up its retries, and what its pods left behind does not say why they failed.',
    knownBy: ['The Job failed with the reason BackoffLimitExceeded, and nothing deeper is in evidence.'],
    clues: [
      {
        source: 'object',
        reason: ['JobFailed'],
        confidence: 'likely',
        weight: 16,
        when: ({ facts: { jobReason } }) => jobReason !== 'DeadlineExceeded',
      },
      {
        source: 'event',
        reason: ['BackoffLimitExceeded', 'PodFailurePolicy', 'MaxFailedIndexesExceeded', 'FailedIndexes'],
        confidence: 'likely',
        weight: 15,
      },
      { source: 'status', reason: ['BackoffLimitExceeded'], confidence: 'likely', weight: 15 },
    ],
    explain: (given) => {
      const { limit, failed } = { ...factsOf(given, 'JobFailed'), ...given.facts }
      const last = given.observation.evidence.find(
        (piece) => piece.source === 'status' && piece.exitCode !== undefined && piece.exitCode !== 0,
      )
      const end =
        last?.source === 'status' && last.exitCode !== undefined
          ? ` The last one ended with exit code ${last.exitCode}, and nothing that it wrote says why.`
          : ' Their pods are gone or say nothing of the reason.'
      return `${who(given)} has failed for good: its pods failed ${failed === undefined ? 'again and again' : failed === '1' ? 'once' : `${failed} times`}${limit === undefined ? '' : `, and it may retry ${limit === '1' ? 'once' : `${limit} times`}`}.${end} It does not run again by itself.`
    },
    remedies: (given) => [
      {
        text: 'Read what the pods wrote, as long as they are there.',
        command: `kubectl logs${inNamespace(given)} -l job-name=${jobName(given)} --all-containers --prefix --tail=100`,
      },
      { text: 'See how they ended.', command: `kubectl describe pods${inNamespace(given)} -l job-name=${jobName(given)}` },
      {
        text: 'Keep the pods of failed tries (restartPolicy: Never), and the end of the log as message (terminationMessagePolicy: FallbackToLogsOnError).',
      },
      {
        text: 'When the cause is removed, run it again: delete the Job and create it anew.',
        command: `kubectl get job ${jobName(given)}${inNamespace(given)} -o json | jq 'del(.spec.selector, .spec.template.metadata.labels, .status)' | kubectl replace --force -f -`,
      },
    ],
  },
]

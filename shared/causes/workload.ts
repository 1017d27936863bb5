import type { Case, Cause } from './cause.ts'
import { inNamespace, undo, watchRollout, who, workloadOf } from './wording.ts'

const metricEvents = [
  'FailedGetResourceMetric',
  'FailedGetContainerResourceMetric',
  'FailedGetPodsMetric',
  'FailedGetObjectMetric',
  'FailedGetExternalMetric',
  'FailedGetMetrics',
  'FailedComputeMetricsReplicas',
  'FailedGetScale',
  'FailedUpdateMetrics',
  'InvalidMetricSourceType',
  'FailedGetResourceMetrics',
  'InvalidSelector',
  'SelectorRequired',
  'KEDAScalerFailed',
  'ScaledObjectCheckFailed',
  'FailedConvertHPA',
  'FailedConvertMetrics',
]

const facts = ({ observation }: Case, reason: string) =>
  observation.evidence.flatMap((piece) => (piece.source === 'object' && piece.reason === reason ? [piece.facts] : []))[0] ?? {}
const jobName = ({ observation: { subject, evidence } }: Case) =>
  subject.kind === 'Job'
    ? subject.name
    : (evidence.find((piece) => piece.source === 'object' && piece.object?.kind === 'Job')?.object?.name ??
      subject.workload?.name ??
      subject.name)

/** Workloads as a whole that do not do what they are for. */
export const workload: readonly Cause[] = [
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
      const deadline = given.facts['deadline'] ?? facts(given, 'JobFailed')['deadline'] ?? facts(given, 'PodOverdue')['deadline']
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
      const { limit, failed } = { ...facts(given, 'JobFailed'), ...given.facts }
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
  {
    code: 'DeploymentStalled',
    family: 'workload',
    title: 'The rollout makes no progress',
    severity: 'critical',
    meaning: 'The Deployment exceeded its progress deadline, and nothing deeper is in evidence.',
    knownBy: ['The condition Progressing is False with ProgressDeadlineExceeded, and its pods show no failure of their own.'],
    clues: [
      { source: 'status', reason: ['ProgressDeadlineExceeded'], confidence: 'likely', weight: 13 },
      { source: 'event', reason: ['ProgressDeadlineExceeded'], confidence: 'likely', weight: 13 },
    ],
    explain: (given) => {
      const { gate } = facts(given, 'ReadinessGate')
      const { ready, wanted } = facts(given, 'Replicas')
      return `The rollout of ${who(given)} has not come further within its deadline${ready === undefined ? '' : `: ${ready} of ${wanted} replicas are ready`}. ${gate === undefined ? 'No container of its pods shows why.' : `Its pods run, but their readiness gate ${gate} is not set: the controller that should set it (a load balancer's, usually) has not done so.`} Kubernetes does not go back by itself; the pods of the old revision go on serving.`
    },
    remedies: (given) => [
      {
        text: 'See where it stands, and which pods are not ready.',
        command: `kubectl rollout status ${workloadOf(given)}${inNamespace(given)} --timeout=5s; kubectl describe ${workloadOf(given)}${inNamespace(given)}`,
      },
      { text: 'See the conditions and readiness gates of its pods.', command: `kubectl get pods${inNamespace(given)} -o wide` },
      { text: 'Go back to the revision before.', command: `kubectl rollout undo ${workloadOf(given)}${inNamespace(given)}` },
      ...undo(given).slice(1),
      watchRollout(given),
    ],
  },
  {
    code: 'AutoscalerMetricsUnavailable',
    family: 'workload',
    title: 'The autoscaler cannot read its metrics',
    severity: 'warning',
    meaning: 'A HorizontalPodAutoscaler cannot read its metrics or its target, and does not scale.',
    knownBy: ['The condition ScalingActive is False, or events such as FailedGetResourceMetric.'],
    clues: [
      { source: 'event', reason: metricEvents, confidence: 'certain', weight: 70 },
      {
        source: 'status',
        confidence: 'certain',
        weight: 69,
        when: ({ state, reason = '' }, { subject }) =>
          state === 'condition' &&
          /HorizontalPodAutoscaler|ScaledObject/.test(subject.kind) &&
          (metricEvents.includes(reason) || reason !== ''),
      },
    ],
    explain: (given) => {
      const { quote } = given
      const { target } = facts(given, 'ScaleTarget')
      const why =
        /could not find the requested resource|metrics\.k8s\.io|no metrics returned from resource metrics|unable to fetch metrics from resource metrics/i.test(
          quote,
        )
          ? 'The resource metrics API does not answer: metrics-server is not installed, does not run, or has no figures of these pods.'
          : /missing request for/i.test(quote)
            ? 'A container has no request for this resource, and a percentage needs one.'
            : /custom\.metrics|custom metrics/i.test(quote)
              ? 'The adapter for custom metrics does not have this metric.'
              : /external/i.test(quote)
                ? 'The adapter for external metrics does not have this metric, or may not read it.'
                : /scale|selector/i.test(quote)
                  ? 'Its target does not exist or cannot be scaled.'
                  : ''
      return `${given.observation.subject.kind} ${given.observation.subject.name} does not scale${target === undefined ? '' : ` ${target}`}: ${quote.replace(/^ScalingActive: /, '')}. ${why} The number of replicas stays as it is, whatever the load.`
    },
    remedies: (given) => {
      const { subject } = given.observation
      return [
        { text: 'See what the autoscaler says in full.', command: `kubectl describe hpa ${subject.name}${inNamespace(given)}` },
        ...(/missing request/i.test(given.quote)
          ? [
              {
                text: 'Give every container (sidecars too) a request.',
                command: `kubectl set resources ${(facts(given, 'ScaleTarget')['target'] ?? 'deployment/NAME').toLowerCase()}${inNamespace(given)} --requests=cpu=100m`,
              },
            ]
          : [
              {
                text: 'See whether the metrics API is there and answers.',
                command:
                  'kubectl get apiservices | grep metrics; kubectl top pods -A | head -3; kubectl get pods -A | grep -i metrics',
              },
              {
                text: 'If metrics-server is missing, install it.',
                command:
                  'kubectl apply -f https://github.com/kubernetes-sigs/metrics-server/releases/latest/download/components.yaml',
              },
            ]),
        {
          text: 'See that it worked: TARGETS shows figures.',
          command: `kubectl get hpa ${subject.name}${inNamespace(given)} -w`,
        },
      ]
    },
    factor: ({ quote }) =>
      /custom/i.test(quote) ? 'custom metrics' : /external/i.test(quote) ? 'external metrics' : 'resource metrics',
  },
  {
    code: 'CronJobMissed',
    family: 'workload',
    title: 'The CronJob does not start its runs',
    severity: 'warning',
    meaning: 'A CronJob missed its start times, or is blocked by its concurrency policy.',
    knownBy: [
      'Events such as FailedNeedsStart, TooManyMissedTimes, MissSchedule or JobAlreadyActive; or no run long after its time.',
    ],
    clues: [
      {
        source: 'event',
        reason: [
          'FailedNeedsStart',
          'MissSchedule',
          'MissingSchedule',
          'TooManyMissedTimes',
          'JobAlreadyActive',
          'UnparseableSchedule',
          'UnparsableSchedule',
          'InvalidSchedule',
          'UnknownTimeZone',
          'FailedDateParsing',
        ],
        confidence: 'certain',
        weight: 66,
      },
      { source: 'object', reason: ['CronJob'], confidence: 'likely', weight: 40 },
    ],
    explain: (given) => {
      const { schedule, last, running, policy, startingDeadline } = facts(given, 'CronJob')
      const blocked = running !== undefined && (policy === 'Forbid' || /prior execution|still running|Forbid/i.test(given.quote))
      const why = blocked
        ? `Its run ${running} has not ended, and the concurrency policy Forbid lets no second one start beside it.`
        : /missed start|too many|> ?100/i.test(given.quote)
          ? `It has missed more than a hundred start times (the controller was down, the clock was wrong, or it was suspended for long), and old controllers then give up until startingDeadlineSeconds narrows what they count${startingDeadline === undefined ? '; it is not set' : ` (it is ${startingDeadline})`}.`
          : /prior execution|Forbid/i.test(given.quote)
            ? 'Its last run has not ended, and the concurrency policy Forbid lets no second one start beside it.'
            : /pars|schedule|time ?zone/i.test(given.quote) && !/Missed/i.test(given.quote)
              ? 'Its schedule or time zone cannot be read.'
              : 'A start time has passed by more than startingDeadlineSeconds allows.'
      return `CronJob ${given.observation.subject.name}${schedule === undefined ? '' : ` (${schedule})`} ${last === undefined ? 'does not start its runs' : `has not started a run since ${last}`}. ${why} What was said: ${given.quote}`
    },
    remedies: (given) => {
      const { name } = given.observation.subject
      const { running } = facts(given, 'CronJob')
      return [
        {
          text: 'See its runs and what it says.',
          command: `kubectl describe cronjob ${name}${inNamespace(given)}; kubectl get jobs${inNamespace(given)}`,
        },
        ...(running === undefined
          ? []
          : [
              {
                text: 'See what the run that does not end is waiting for; if it hangs, delete it.',
                command: `kubectl logs job/${running}${inNamespace(given)} --tail=50; kubectl delete job ${running}${inNamespace(given)}`,
              },
              {
                text: 'Give each run a deadline, so that none blocks the next.',
                command: `kubectl patch cronjob ${name}${inNamespace(given)} -p '{"spec":{"jobTemplate":{"spec":{"activeDeadlineSeconds":600}}}}'`,
              },
            ]),
        ...(/missed|too many/i.test(given.quote)
          ? [
              {
                text: 'Let it count only the last minutes.',
                command: `kubectl patch cronjob ${name}${inNamespace(given)} -p '{"spec":{"startingDeadlineSeconds":200}}'`,
              },
            ]
          : []),
        {
          text: 'Run it once by hand.',
          command: `kubectl create job ${name}-by-hand --from=cronjob/${name}${inNamespace(given)}`,
        },
      ]
    },
  },
]

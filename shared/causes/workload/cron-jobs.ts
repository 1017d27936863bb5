import type { Cause } from '../cause.ts'
import { inNamespace } from '../wording.ts'
import { factsOf } from './facts-of.ts'

/** CronJobs that do not start their runs. */
export const cronJobs: readonly Cause[] = [
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
      const { schedule, last, running, policy, startingDeadline } = factsOf(given, 'CronJob')
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
      const { running } = factsOf(given, 'CronJob')
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

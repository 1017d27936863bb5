import type { Observation } from '../observation.ts'
import type { ClusterIndex } from './cluster-index.ts'
import { toObservations, type Sighting } from './draft.ts'
import { missedRuns } from './jobs/cron-jobs.ts'
import { failedJobs } from './jobs/failed-jobs.ts'
import type { ObserveOptions } from './observer.ts'

/** Finds Jobs that ended in failure, pods that ran past their deadline, and CronJobs that do not start their runs. */
export function observeJobs(index: ClusterIndex, options: ObserveOptions): Observation[] {
  return toObservations(index, options, [...failedJobs(index), ...overduePods(index), ...missedRuns(index, options.now)])
}

/** A pod may have a deadline of its own, with or without a Job. */
function overduePods(index: ClusterIndex): Sighting[] {
  return index.pods.flatMap((pod): Sighting[] => {
    const { status, spec } = pod
    if (status?.reason !== 'DeadlineExceeded') return []
    const quote = [status.reason, status.message].filter(Boolean).join(': ')
    const containers = spec?.containers ?? []
    const deadline = spec?.activeDeadlineSeconds
    return [
      {
        object: pod,
        ...(containers.length === 1 && containers[0]?.name !== undefined && { container: containers[0].name }),
        symptom: 'DeadlineExceeded',
        evidence: [
          {
            source: 'object',
            quote,
            reason: 'PodOverdue',
            facts: { jobReason: 'DeadlineExceeded', ...(deadline !== undefined && { deadline: `${deadline} s` }) },
          },
        ],
      },
    ]
  })
}

import type { Cause } from './cause.ts'
import { autoscalers } from './workload/autoscalers.ts'
import { cronJobs } from './workload/cron-jobs.ts'
import { jobs } from './workload/jobs.ts'
import { rollouts } from './workload/rollouts.ts'

/** Workloads as a whole that do not do what they are for. */
export const workload: readonly Cause[] = [...jobs, ...rollouts, ...autoscalers, ...cronJobs]

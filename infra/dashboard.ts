import { Duration } from 'aws-cdk-lib'
import {
  AlarmStatusWidget,
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  Metric,
  type IMetric,
} from 'aws-cdk-lib/aws-cloudwatch'
import { Construct } from 'constructs'
import type { Alarms } from './alarms.ts'
import type { Api } from './api.ts'
import { metricNamespace, type Function } from './function.ts'
import type { EventQueue } from './queue.ts'

const fiveMinutes = { period: Duration.minutes(5) }

interface DashboardProps {
  readonly name: string
  readonly alarms: Alarms
  readonly functions: Readonly<Record<string, Function>>
  readonly queues: Readonly<Record<string, EventQueue>>
  readonly api: Api
}

/** One page that answers: is it well, what comes in, what goes out, how long does it take. */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, { name, alarms, functions, queues, api }: DashboardProps) {
    super(scope, id)
    const each = (metric: (one: Function) => IMetric) => Object.values(functions).map(metric)
    const graph = (title: string, left: IMetric[], right: IMetric[] = []) => new GraphWidget({ title, left, right, width: 12 })
    const counted = (metricName: string, service: string, label: string) =>
      new Metric({ namespace: metricNamespace, metricName, dimensionsMap: { service }, statistic: 'Sum', label, ...fiveMinutes })
    const dashboard = new CloudWatchDashboard(this, 'Dashboard', { dashboardName: name, defaultInterval: Duration.hours(24) })
    dashboard.addWidgets(new AlarmStatusWidget({ title: 'Is Kulprit well?', alarms: alarms.alarms, width: 24 }))
    dashboard.addWidgets(
      graph(
        'Outcomes',
        outcomes.map(([metricName, service, label]) => counted(metricName, service, label)),
      ),
      graph(
        'Queues: messages, and the age of the oldest',
        Object.values(queues).map(({ queue }) => queue.metricApproximateNumberOfMessagesVisible(fiveMinutes)),
        Object.values(queues).map(({ queue }) => queue.metricApproximateAgeOfOldestMessage(fiveMinutes)),
      ),
    )
    dashboard.addWidgets(
      graph('Functions: errors and throttles', [
        ...each(({ lambda }) => lambda.metricErrors(fiveMinutes)),
        ...each(({ lambda }) => lambda.metricThrottles(fiveMinutes)),
      ]),
      graph(
        'Functions: milliseconds, 95 of 100',
        each(({ lambda }) => lambda.metricDuration({ ...fiveMinutes, statistic: 'p95' })),
      ),
    )
    dashboard.addWidgets(
      graph('API: requests and errors', [
        api.stage.metricCount(fiveMinutes),
        api.stage.metricClientError(fiveMinutes),
        api.stage.metricServerError(fiveMinutes),
      ]),
      graph('API: milliseconds, 95 of 100', [api.stage.metricLatency({ ...fiveMinutes, statistic: 'p95' })]),
    )
  }
}

/** What the functions count (functions/*.ts): metric, service, and what the graph calls it. */
const outcomes = [
  ['IncidentsOpened', 'diagnose', 'incidents opened'],
  ['IncidentsReopened', 'diagnose', 'reopened'],
  ['IncidentsResolved', 'diagnose', 'resolved'],
  ['IncidentsClosedQuietly', 'sweep', 'closed by the sweep'],
  ['MessagesSent', 'notify', 'messages sent'],
  ['MessagesSent', 'sweep', 'messages sent later'],
  ['RecordsFailed', 'diagnose', 'events that failed'],
  ['MessagesFailed', 'notify', 'messages that failed'],
  ['SaveConflicts', 'diagnose', 'saves made again'],
] as const

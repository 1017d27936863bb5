import { Duration, Stack } from 'aws-cdk-lib'
import { ComparisonOperator, Metric, TreatMissingData, type Alarm } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { Key } from 'aws-cdk-lib/aws-kms'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Construct } from 'constructs'
import type { EventQueue } from './queue.ts'
import type { Function } from './function.ts'

const oneMinute = { period: Duration.minutes(1) }
const fiveMinutes = { period: Duration.minutes(5) }

interface AlarmsProps {
  readonly key: Key
  readonly operators: readonly string[]
}

/** What tells an operator that Kulprit itself is not well, and the topic that it is told at. */
export class Alarms extends Construct {
  readonly topic: Topic
  readonly alarms: Alarm[] = []

  constructor(scope: Construct, id: string, { key, operators }: AlarmsProps) {
    super(scope, id)
    const cloudWatch = new ServicePrincipal('cloudwatch.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
    })
    // The key goes by the service alone: a condition that CloudWatch did not meet there would silence every alarm.
    key.grantEncryptDecrypt(new ServicePrincipal('cloudwatch.amazonaws.com'))
    this.topic = new Topic(this, 'Topic', { masterKey: key, enforceSSL: true, displayName: 'Kulprit operations' })
    this.topic.grantPublish(cloudWatch)
    for (const address of operators) this.topic.addSubscription(new EmailSubscription(address))
  }

  /** Watches a function: it must neither fail as a whole nor be held back. */
  watchFunction(name: string, { lambda }: Function): void {
    this.over(`${name}Errors`, lambda.metricErrors(fiveMinutes), 0, `The function ${name} fails as a whole: its log says why`)
    this.over(
      `${name}Throttles`,
      lambda.metricThrottles(fiveMinutes),
      0,
      `The function ${name} is throttled: raise the account's concurrency`,
      3,
    )
  }

  /** Watches a queue: it must drain, leave nothing aside, and get everything that the rule matched. */
  watchQueue(name: string, { queue, deadLetters, rule, bus }: EventQueue, oldest: Duration): void {
    const dead = deadLetters.metricApproximateNumberOfMessagesVisible({ ...oneMinute, statistic: 'Maximum' })
    this.over(
      `${name}DeadLetters`,
      dead,
      0,
      `Events that ${name} could not take wait in its dead-letter queue: read, repair, redrive`,
    )
    const age = queue.metricApproximateAgeOfOldestMessage({ ...oneMinute, statistic: 'Maximum' })
    this.over(
      `${name}Age`,
      age,
      oldest.toSeconds(),
      `The oldest event for ${name} waits longer than ${oldest.toMinutes()} minutes`,
      3,
    )
    const failed = new Metric({
      namespace: 'AWS/Events',
      metricName: 'FailedInvocations',
      dimensionsMap: { EventBusName: bus.eventBusName, RuleName: rule.ruleName },
      statistic: 'Sum',
      ...fiveMinutes,
    })
    this.over(`${name}Undelivered`, failed, 0, `EventBridge could not put events into the queue of ${name}`)
  }

  /** Raises an alarm where a metric is over a limit in so many periods running. */
  over(id: string, metric: Metric, limit: number, alarmDescription: string, evaluationPeriods = 1): void {
    this.add(
      metric.createAlarm(this, id, {
        threshold: limit,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluationPeriods,
        alarmDescription,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      }),
    )
  }

  /** Raises an alarm where what must happen each minute has not happened for ten. */
  missing(id: string, metric: Metric, alarmDescription: string): void {
    this.add(
      metric.createAlarm(this, id, {
        threshold: 1,
        comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
        evaluationPeriods: 2,
        alarmDescription,
        treatMissingData: TreatMissingData.BREACHING,
      }),
    )
  }

  private add(alarm: Alarm): void {
    alarm.addAlarmAction(new SnsAction(this.topic))
    alarm.addOkAction(new SnsAction(this.topic))
    this.alarms.push(alarm)
  }
}

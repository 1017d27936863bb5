import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib'
import { Metric } from 'aws-cdk-lib/aws-cloudwatch'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import { EmailIdentity, Identity } from 'aws-cdk-lib/aws-ses'
import type { Construct } from 'constructs'
import { rulePatterns } from '../shared/events.ts'
import { Alarms } from './alarms.ts'
import { Api } from './api.ts'
import { Bus } from './bus.ts'
import { Channels } from './channels.ts'
import type { Configuration } from './configuration.ts'
import { Dashboard } from './dashboard.ts'
import { EachMinute } from './each-minute.ts'
import { Function, metricNamespace } from './function.ts'
import { EventQueue } from './queue.ts'
import { Table } from './table.ts'

/** How long a function may take for one batch of ten events. */
const batchTime = Duration.seconds(30)

interface KulpritStackProps extends StackProps {
  readonly configuration: Configuration
}

/** The whole product, along the way that a failure takes: bus, diagnose, table, notify, channels; sweep and API beside it. */
export class KulpritStack extends Stack {
  constructor(scope: Construct, id: string, { configuration, ...props }: KulpritStackProps) {
    super(scope, id, props)
    const { mail, page, retentionDays, logDays, reserveConcurrency } = configuration
    const key = new Key(this, 'Key', {
      description: 'Encrypts the topics of Kulprit',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    const bus = new Bus(this, 'Events', configuration)
    const table = new Table(this, 'Incidents', configuration.table)
    const channels = new Channels(this, 'Channels', { key, channels: configuration.channels })

    const knowing = {
      KULPRIT_TABLE: table.tableName,
      KULPRIT_BUS: bus.eventBus.eventBusName,
      KULPRIT_RETENTION_DAYS: String(retentionDays),
    }
    const telling = {
      KULPRIT_TOPIC: channels.topic.topicArn,
      ...(mail !== undefined && { KULPRIT_MAIL_FROM: mail.from, KULPRIT_MAIL_TO: mail.to.join(',') }),
      ...(page !== undefined && { KULPRIT_PAGE: page }),
    }

    const diagnose = new Function(this, 'Diagnose', {
      entry: 'diagnose',
      description: 'Names the cause of each failure and keeps the incident',
      timeout: batchTime,
      environment: knowing,
      logDays,
    })
    const notify = new Function(this, 'Notify', {
      entry: 'notify',
      description: 'Tells people what changed, once and grouped',
      timeout: batchTime,
      environment: { ...knowing, ...telling },
      logDays,
    })
    const sweep = new Function(this, 'Sweep', {
      entry: 'sweep',
      description: 'Each minute: closes what went quiet, reminds, notices silent clusters',
      timeout: Duration.seconds(50),
      environment: { ...knowing, ...telling },
      logDays,
      // Two sweeps at once would tell people the same twice.
      ...(reserveConcurrency && { reservedConcurrency: 1 }),
    })
    const query = new Function(this, 'Query', {
      entry: 'query',
      description: 'Answers the query API',
      timeout: Duration.seconds(10),
      environment: knowing,
      logDays,
      // A flood of questions must not take the concurrency that diagnose needs.
      ...(reserveConcurrency && { reservedConcurrency: 20 }),
    })

    const failures = new EventQueue(this, 'Failures', {
      bus: bus.eventBus,
      pattern: rulePatterns.diagnose,
      functionTimeout: batchTime,
    })
    const changes = new EventQueue(this, 'Changes', {
      bus: bus.eventBus,
      pattern: rulePatterns.notify,
      functionTimeout: batchTime,
      // The first message of a group waits for the others: the delay is the timer.
      delay: Duration.seconds(30),
    })
    diagnose.consume(failures.queue, 20)
    notify.consume(changes.queue, 5)
    new EachMinute(this, 'EachMinute', sweep)
    const api = new Api(this, 'Api', { query: query.lambda, configuration })

    table.grant(diagnose.lambda, ['GetItem', 'Query', 'PutItem', 'BatchWriteItem'], [])
    table.grant(notify.lambda, ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'BatchWriteItem'], [])
    table.grant(sweep.lambda, ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'BatchWriteItem'], ['live'])
    table.grant(
      query.lambda,
      ['GetItem', 'Query', 'PutItem', 'BatchWriteItem', 'DeleteItem'],
      ['recent', 'cluster', 'cause', 'live'],
    )
    for (const { lambda } of [diagnose, sweep, query]) bus.grantAnnounce(lambda)
    for (const teller of [notify, sweep]) {
      channels.grantPublish(teller)
      if (mail !== undefined) teller.lambda.addToRolePolicy(this.sendMail(mail))
    }
    if (mail?.verify === true) new EmailIdentity(this, 'Sender', { identity: Identity.email(mail.from) })

    const alarms = new Alarms(this, 'Alarms', { key, operators: configuration.operators })
    alarms.watchQueue('Diagnose', failures, Duration.minutes(5))
    alarms.watchQueue('Notify', changes, Duration.minutes(10))
    for (const [name, one] of Object.entries({ Diagnose: diagnose, Notify: notify, Sweep: sweep, Query: query }))
      alarms.watchFunction(name, one)
    alarms.missing(
      'NoSweep',
      sweep.lambda.metricInvocations({ period: Duration.minutes(5) }),
      'The sweep has not run for ten minutes: nothing is closed, reminded or noticed',
    )
    const undelivered = new Metric({
      namespace: 'AWS/SNS',
      metricName: 'NumberOfNotificationsFailed',
      dimensionsMap: { TopicName: channels.topic.topicName },
      statistic: 'Sum',
      period: Duration.minutes(5),
    })
    alarms.over('DeliveryFailures', undelivered, 0, 'SNS could not deliver a message to a subscriber')
    alarms.over(
      'ApiErrors',
      api.stage.metricServerError({ period: Duration.minutes(5), statistic: 'Sum' }),
      0,
      'The API answers with 5xx',
    )
    const counted = (metricName: string, service: string, statistic: string) =>
      new Metric({ namespace: metricNamespace, metricName, dimensionsMap: { service }, statistic, period: Duration.minutes(5) })
    alarms.over(
      'MessagesFailed',
      counted('MessagesFailed', 'notify', 'Sum'),
      0,
      'SNS or SES refused a message: the log of notify says why',
    )
    alarms.over('SweepFailures', counted('SweepFailures', 'sweep', 'Sum'), 0, 'A part of the sweep failed: its log says which', 2)
    alarms.over(
      'SilentClusters',
      counted('ClustersSilent', 'sweep', 'Maximum'),
      0,
      'A cluster sends no heartbeat: GET /v1/clusters says which',
    )

    new Dashboard(this, 'Dashboard', {
      name: configuration.name,
      alarms,
      functions: { diagnose, notify, sweep, query },
      queues: { failures, changes },
      api,
    })

    new CfnOutput(this, 'BusArn', { value: bus.eventBus.eventBusArn, description: 'What forwarders send to' })
    new CfnOutput(this, 'ApiUrl', { value: api.api.apiEndpoint, description: 'The query API' })
    new CfnOutput(this, 'TableName', { value: table.tableName, description: 'For backups, and for kulprit rediagnose' })
    new CfnOutput(this, 'DiagnoseDeadLetters', {
      value: failures.deadLetters.queueArn,
      description: 'What diagnose could not take',
    })
    new CfnOutput(this, 'NotifyDeadLetters', { value: changes.deadLetters.queueArn, description: 'What notify could not take' })
    new CfnOutput(this, 'TopicArn', { value: channels.topic.topicArn, description: 'For further subscriptions' })
  }

  /** SES asks for the identities that it knows: of the sender, and while the account is in the sandbox of the recipients; as addresses or as domains. */
  private sendMail({ from, to }: NonNullable<Configuration['mail']>): PolicyStatement {
    const names = new Set([from, ...to].flatMap((address) => [address, address.slice(address.indexOf('@') + 1)]))
    return new PolicyStatement({
      actions: ['ses:SendEmail'],
      resources: [...names].map((resourceName) => this.formatArn({ service: 'ses', resource: 'identity', resourceName })),
      conditions: { StringEquals: { 'ses:FromAddress': from } },
    })
  }
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { Match } from 'aws-cdk-lib/assertions'
import { tableShape } from '../../shared/table.ts'
import { stackOf, synthesise } from './synthesise.ts'

const template = stackOf(synthesise(), 'kulprit')
const propertiesOf = (type: string): Record<string, unknown>[] =>
  Object.values(template.findResources(type)).map(({ Properties }) => Properties as Record<string, unknown>)

describe('the central stack', () => {
  test('keeps the table encrypted, restorable, protected from deletion, and when the stack goes', () => {
    template.hasResource('AWS::DynamoDB::GlobalTable', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        SSESpecification: { SSEEnabled: true },
        TimeToLiveSpecification: { AttributeName: tableShape.timeToLive, Enabled: true },
        Replicas: [
          Match.objectLike({
            DeletionProtectionEnabled: true,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          }),
        ],
        GlobalSecondaryIndexes: tableShape.indexes.map(({ name, partitionKey, sortKey, projected }) => ({
          IndexName: name,
          KeySchema: [
            { AttributeName: partitionKey, KeyType: 'HASH' },
            { AttributeName: sortKey, KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: [...projected] },
        })),
      },
    })
  })

  test('takes a restored table instead of its own', () => {
    const stack = stackOf(synthesise({ table: 'restored' }), 'kulprit')
    stack.resourceCountIs('AWS::DynamoDB::GlobalTable', 0)
    for (const { Properties } of Object.values(stack.findResources('AWS::Lambda::Function')))
      expect(Properties).toMatchObject({ Environment: { Variables: { KULPRIT_TABLE: 'restored' } } })
  })

  test('gives every function its runtime, memory, time and a log that ends', () => {
    const functions = propertiesOf('AWS::Lambda::Function')
    expect(functions).toHaveLength(4)
    for (const one of functions)
      expect(one).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        MemorySize: expect.any(Number),
        Timeout: expect.any(Number),
        LoggingConfig: { LogFormat: 'JSON', LogGroup: { Ref: expect.any(String) } },
      })
    for (const log of propertiesOf('AWS::Logs::LogGroup')) expect(log).toMatchObject({ RetentionInDays: 30 })
  })

  test('reserves concurrency for sweep and query alone, and nothing where the account has none to spare', () => {
    const reserved = (given: unknown) =>
      Object.values(stackOf(synthesise(given), 'kulprit').findResources('AWS::Lambda::Function')).flatMap(({ Properties }) =>
        Properties.ReservedConcurrentExecutions === undefined ? [] : [Properties.ReservedConcurrentExecutions],
      )
    expect(new Set(reserved({}))).toEqual(new Set([1, 20]))
    expect(reserved({ reserveConcurrency: false })).toEqual([])
  })

  test('feeds functions record by record, from encrypted queues that end in dead letters', () => {
    const mappings = propertiesOf('AWS::Lambda::EventSourceMapping')
    expect(mappings).toHaveLength(2)
    for (const mapping of mappings) expect(mapping).toMatchObject({ FunctionResponseTypes: ['ReportBatchItemFailures'] })
    const queues = propertiesOf('AWS::SQS::Queue')
    for (const queue of queues) expect(queue).toMatchObject({ SqsManagedSseEnabled: true, MessageRetentionPeriod: 1_209_600 })
    expect(queues.filter(({ RedrivePolicy }) => RedrivePolicy !== undefined)).toHaveLength(2)
  })

  test('waits 30 seconds before the first message of a group', () => {
    template.hasResourceProperties('AWS::SQS::Queue', { DelaySeconds: 30, RedrivePolicy: Match.anyValue() })
  })

  test('keeps a message hidden for six times the time of the function', () => {
    template.hasResourceProperties('AWS::SQS::Queue', {
      VisibilityTimeout: 180,
      RedrivePolicy: Match.objectLike({ maxReceiveCount: 5 }),
    })
  })

  test('archives what forwarders send, and nothing that is made from it', () => {
    template.hasResourceProperties('AWS::Events::Archive', {
      RetentionDays: 14,
      EventPattern: {
        source: [{ prefix: 'kulprit.forwarder.' }],
        'detail-type': ['Failure Observed', 'Workload Recovered', 'Cluster Heartbeat'],
      },
    })
  })

  test('encrypts both topics', () => {
    for (const topic of propertiesOf('AWS::SNS::Topic')) expect(topic).toMatchObject({ KmsMasterKeyId: expect.anything() })
    template.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true })
  })

  test('sweeps each minute', () => {
    template.hasResourceProperties('AWS::Scheduler::Schedule', { ScheduleExpression: 'rate(1 minute)', State: 'ENABLED' })
  })

  test('sends every alarm to the operators, whoever they are', () => {
    const alarms = propertiesOf('AWS::CloudWatch::Alarm')
    expect(alarms.map(({ MetricName }) => String(MetricName)).sort()).toEqual(
      [
        ...Array<string>(2).fill('ApproximateAgeOfOldestMessage'),
        ...Array<string>(2).fill('ApproximateNumberOfMessagesVisible'),
        ...Array<string>(2).fill('FailedInvocations'),
        ...Array<string>(4).fill('Errors'),
        ...Array<string>(4).fill('Throttles'),
        '5xx',
        'ClustersSilent',
        'Invocations',
        'MessagesFailed',
        'SweepFailures',
        'NumberOfNotificationsFailed',
      ].sort(),
    )
    for (const alarm of alarms) expect(alarm['AlarmActions']).toHaveLength(1)
    stackOf(synthesise({ operators: ['a@b.example'] }), 'kulprit').hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'a@b.example',
    })
  })

  test('watches only metrics that the functions count', () => {
    const own = propertiesOf('AWS::CloudWatch::Alarm').filter(({ Namespace }) => Namespace === 'Kulprit')
    expect(own).toHaveLength(3)
    for (const { MetricName, Dimensions } of own) {
      const [service] = Dimensions as { Name: string; Value: string }[]
      expect(service?.Name).toBe('service')
      const source = readFileSync(join(import.meta.dirname, `../../functions/${service?.Value}.ts`), 'utf8')
      expect(source).toContain(`addMetric('${String(MetricName)}'`)
    }
  })

  test('subscribes each channel with its own filter', () => {
    const channels = [
      { email: 'a@b.example', filter: { severity: ['critical'] } },
      { https: 'https://a.example/hook' },
      { slack: { workspace: 'T1', channel: 'C1' } },
    ]
    const stack = stackOf(synthesise({ channels }), 'kulprit')
    stack.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      FilterPolicy: { severity: ['critical'] },
      FilterPolicyScope: 'MessageAttributes',
    })
    stack.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'https', Endpoint: 'https://a.example/hook' })
    stack.hasResourceProperties('AWS::Chatbot::SlackChannelConfiguration', { SlackWorkspaceId: 'T1', SlackChannelId: 'C1' })
  })

  test('may send mail as the one configured address, and may not without one', () => {
    const statement = { Action: 'ses:SendEmail', Condition: { StringEquals: { 'ses:FromAddress': 'kulprit@b.example' } } }
    const policy = { PolicyDocument: { Statement: Match.arrayWith([Match.objectLike(statement)]) } }
    const mail = { from: 'kulprit@b.example', to: ['a@b.example'] }
    stackOf(synthesise({ mail }), 'kulprit').hasResourceProperties('AWS::IAM::Policy', policy)
    expect(JSON.stringify(template.toJSON())).not.toContain('ses:')
  })
})

describe('the API', () => {
  test('asks every caller for IAM by default', () => {
    const routes = propertiesOf('AWS::ApiGatewayV2::Route')
    expect(routes.length).toBeGreaterThan(0)
    for (const route of routes) expect(route).toMatchObject({ AuthorizationType: 'AWS_IAM' })
  })

  test("asks for an issuer's token where one is configured", () => {
    const jwt = { issuer: 'https://login.example.com', audience: ['kulprit'] }
    const stack = stackOf(synthesise({ api: { authentication: { jwt } } }), 'kulprit')
    stack.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      AuthorizerType: 'JWT',
      JwtConfiguration: { Issuer: jwt.issuer, Audience: jwt.audience },
    })
    for (const { Properties } of Object.values(stack.findResources('AWS::ApiGatewayV2::Route')))
      expect(Properties).toMatchObject({ AuthorizationType: 'JWT' })
  })

  test('is throttled and leaves a line for each call', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      AccessLogSettings: Match.objectLike({ Format: Match.stringLikeRegexp('requestId') }),
      DefaultRouteSettings: Match.objectLike({ ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 }),
    })
  })
})

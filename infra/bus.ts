import { Aws, Duration } from 'aws-cdk-lib'
import { Archive, CfnEventBusPolicy, EventBus, type EventPattern, Match } from 'aws-cdk-lib/aws-events'
import { PolicyStatement, type IGrantable } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import { forwarderSource, kulpritSource, rulePatterns, type RulePattern } from '../shared/events.ts'
import type { Configuration } from './configuration.ts'

/** The bus that every forwarder sends to, what it keeps for a replay, and who outside this account may send. */
export class Bus extends Construct {
  readonly eventBus: EventBus

  constructor(scope: Construct, id: string, { name, archiveDays, senders, clusters, account }: Configuration) {
    super(scope, id)
    this.eventBus = new EventBus(this, 'Bus', {
      eventBusName: name,
      description: 'Failures of Kubernetes clusters, and what Kulprit makes of them',
    })
    new Archive(this, 'Archive', {
      sourceEventBus: this.eventBus,
      archiveName: name,
      description: 'What the forwarders sent, for a replay',
      eventPattern: patternOf(rulePatterns.diagnose),
      retention: Duration.days(archiveDays),
    })
    for (const sender of new Set(senders.accounts))
      this.admit(`account-${sender}`, { AWS: `arn:${Aws.PARTITION}:iam::${sender}:root` }, forwarderSource('*'))
    for (const cluster of clusters) {
      // An account that is named with its clusters may speak for those alone, whatever its own administrators grant.
      if (cluster.account === undefined || cluster.account === account || senders.accounts.includes(cluster.account)) continue
      this.admit(
        `cluster-${cluster.name.replaceAll('.', '_')}`,
        { AWS: `arn:${Aws.PARTITION}:iam::${cluster.account}:root` },
        forwarderSource(cluster.name),
      )
    }
    if (senders.organization !== undefined)
      this.admit('organization', '*', forwarderSource('*'), { StringEquals: { 'aws:PrincipalOrgID': senders.organization } })
  }

  /** Lets a function say what became of an incident, and nothing in a forwarder's name. */
  grantAnnounce(grantee: IGrantable): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['events:PutEvents'],
        resources: [this.eventBus.eventBusArn],
        conditions: putEventsConditions(kulpritSource, rulePatterns.notify.detailType),
      }),
    )
  }

  private admit(statementId: string, principal: unknown, source: string, more: Conditions = {}): void {
    new CfnEventBusPolicy(this, `Admit-${statementId}`, {
      eventBusName: this.eventBus.eventBusName,
      statementId,
      statement: {
        Effect: 'Allow',
        Principal: principal,
        Action: 'events:PutEvents',
        Resource: this.eventBus.eventBusArn,
        Condition: { ...putEventsConditions(source, rulePatterns.diagnose.detailType), ...more },
      },
    })
  }
}

/**
 * Holds PutEvents to one source (or a pattern of it) and some detail-types. AWS gives both keys with several values where several entries are sent
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html): every one must match, and none may be missing.
 */
export const putEventsConditions = (source: string, detailTypes: readonly string[]): Conditions => {
  const types = { 'events:detail-type': [...detailTypes] }
  return {
    ...(source.includes('*')
      ? { 'ForAllValues:StringLike': { 'events:source': [source] }, 'ForAllValues:StringEquals': types }
      : { 'ForAllValues:StringEquals': { 'events:source': [source], ...types } }),
    Null: { 'events:source': 'false', 'events:detail-type': 'false' },
  }
}

type Conditions = Record<string, Record<string, string | string[]>>

/** Gives one of the shared patterns as CDK writes it. */
export const patternOf = ({ source, detailType }: RulePattern): EventPattern => ({
  source: source.flatMap((one) => (typeof one === 'string' ? [one] : Match.prefix(one.prefix))),
  detailType: [...detailType],
})

import { Duration, Stack, type CfnElement } from 'aws-cdk-lib'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler'
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets'
import { Construct } from 'constructs'
import { acknowledge } from './acknowledge.ts'
import type { Function } from './function.ts'

/** Runs a function each minute. */
export class EachMinute extends Construct {
  constructor(scope: Construct, id: string, { lambda }: Function) {
    super(scope, id)
    const stack = Stack.of(this)
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
      }),
    })
    new Schedule(this, 'Schedule', {
      schedule: ScheduleExpression.rate(Duration.minutes(1)),
      // The next one comes in a minute: an old one is of no use.
      target: new LambdaInvoke(lambda, { role, retryAttempts: 0, maxEventAge: Duration.minutes(1) }),
    })
    const name = stack.getLogicalId(lambda.node.defaultChild as CfnElement)
    acknowledge(role, `IAM5[Resource::<${name}.Arn>:*]`, 'The versions of this one function, which it does not have')
  }
}

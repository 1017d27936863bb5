import { Validations } from 'aws-cdk-lib'
import type { IConstruct } from 'constructs'

/** Takes a finding of AWS Solutions for known on one construct, for a reason that the next reader can check. */
export function acknowledge(scope: IConstruct, rule: string, reason: string): void {
  Validations.of(scope).acknowledge({ id: `AwsSolutions::AwsSolutions-${rule}`, reason })
}

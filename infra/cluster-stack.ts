import { Aws, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib'
import { CfnPodIdentityAssociation } from 'aws-cdk-lib/aws-eks'
import {
  FederatedPrincipal,
  Group,
  ManagedPolicy,
  PolicyStatement,
  Role,
  ServicePrincipal,
  User,
  type IPrincipal,
} from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import { forwarderSource, rulePatterns } from '../shared/events.ts'
import { putEventsConditions } from './bus.ts'
import type { ClusterConfiguration, Configuration } from './configuration.ts'

interface ClusterStackProps extends StackProps {
  readonly configuration: Configuration
  readonly cluster: ClusterConfiguration
}

/** What one cluster needs to send: an identity that may put its own events on the one bus, and nothing else anywhere. */
export class ClusterStack extends Stack {
  constructor(scope: Construct, id: string, { configuration, cluster, ...props }: ClusterStackProps) {
    super(scope, id, props)
    const { identity, name } = cluster
    const { account = Aws.ACCOUNT_ID, region = Aws.REGION } = configuration
    const bus = `arn:${Aws.PARTITION}:events:${region}:${account}:event-bus/${configuration.name}`
    const send = new PolicyStatement({
      actions: ['events:PutEvents'],
      resources: [bus],
      conditions: putEventsConditions(forwarderSource(name), rulePatterns.diagnose.detailType),
    })
    const description = `Lets the forwarder of the cluster ${name} send its own events to Kulprit`
    if (identity.type === 'keys') {
      // The key itself is made by hand: a template that holds one would show it to whoever can read the stack.
      const group = new Group(this, 'Group', {
        managedPolicies: [new ManagedPolicy(this, 'Send', { description, statements: [send] })],
      })
      const user = new User(this, 'User', { groups: [group] })
      new CfnOutput(this, 'UserName', { value: user.userName, description: 'Whose access key the forwarder needs' })
    } else {
      const role = new Role(this, 'Role', { description, assumedBy: forwarderOf(identity, this) })
      role.addToPolicy(send)
      if (identity.type === 'pod-identity') {
        const { eksCluster, namespace, serviceAccount } = identity
        new CfnPodIdentityAssociation(this, 'Association', {
          clusterName: eksCluster,
          namespace,
          serviceAccount,
          roleArn: role.roleArn,
        })
      }
      new CfnOutput(this, 'RoleArn', { value: role.roleArn, description: "The role of the forwarder's service account" })
    }
    new CfnOutput(this, 'BusArn', { value: bus, description: 'What the forwarder sends to' })
  }
}

type WorkloadIdentity = Exclude<ClusterConfiguration['identity'], { readonly type: 'keys' }>

/** The forwarder's service account in this very cluster, and no other pod of it. */
function forwarderOf(identity: WorkloadIdentity, stack: Stack): IPrincipal {
  const { namespace, serviceAccount } = identity
  if (identity.type === 'irsa') {
    const { issuer } = identity
    return new FederatedPrincipal(
      stack.formatArn({ service: 'iam', region: '', resource: 'oidc-provider', resourceName: issuer }),
      {
        StringEquals: {
          [`${issuer}:aud`]: 'sts.amazonaws.com',
          [`${issuer}:sub`]: `system:serviceaccount:${namespace}:${serviceAccount}`,
        },
      },
      'sts:AssumeRoleWithWebIdentity',
    )
  }
  return new ServicePrincipal('pods.eks.amazonaws.com', {
    conditions: {
      StringEquals: {
        'aws:SourceAccount': stack.account,
        'aws:RequestTag/kubernetes-namespace': namespace,
        'aws:RequestTag/kubernetes-service-account': serviceAccount,
      },
      ArnEquals: { 'aws:SourceArn': stack.formatArn({ service: 'eks', resource: 'cluster', resourceName: identity.eksCluster }) },
    },
  }).withSessionTags()
}

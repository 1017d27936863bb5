import { CfnSlackChannelConfiguration, CfnMicrosoftTeamsChannelConfiguration } from 'aws-cdk-lib/aws-chatbot'
import { ManagedPolicy, PolicyStatement, Effect, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { CfnSubscription, Topic } from 'aws-cdk-lib/aws-sns'
import { Construct } from 'constructs'
import { acknowledge } from './acknowledge.ts'
import type { Channel } from './configuration.ts'
import type { Function } from './function.ts'

interface ChannelsProps {
  readonly key: IKey
  readonly channels: readonly Channel[]
}

/** The topic that every message goes to, and who is subscribed to it, each with its own filter. */
export class Channels extends Construct {
  readonly topic: Topic

  constructor(scope: Construct, id: string, { key, channels }: ChannelsProps) {
    super(scope, id)
    this.topic = new Topic(this, 'Topic', { masterKey: key, enforceSSL: true, displayName: 'Kulprit' })
    let chatRole: Role | undefined
    channels.forEach((channel, i) => {
      if ('slack' in channel || 'teams' in channel) {
        chatRole ??= this.roleOfChat()
        this.chat(`Chat${i}`, channel, chatRole)
        return
      }
      const { filter } = channel
      new CfnSubscription(this, `Subscription${i}`, {
        topicArn: this.topic.topicArn,
        ...endpointOf(channel),
        ...(filter !== undefined && { filterPolicy: filter, filterPolicyScope: 'MessageAttributes' }),
      })
    })
  }

  /** Lets a function publish to the topic, and have the messages encrypted. */
  grantPublish({ lambda, role }: Function): void {
    this.topic.grantPublish(lambda)
    acknowledge(
      role,
      'IAM5[Action::kms:GenerateDataKey*]',
      'SNS encrypts what is published, and asks for these words: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html',
    )
  }

  private chat(id: string, channel: Extract<Channel, { slack: unknown } | { teams: unknown }>, role: Role): void {
    const shared = {
      iamRoleArn: role.roleArn,
      snsTopicArns: [this.topic.topicArn],
      guardrailPolicies: [ManagedPolicy.fromAwsManagedPolicyName('AWSDenyAll').managedPolicyArn],
      loggingLevel: 'ERROR',
    }
    if ('slack' in channel) {
      const { workspace, channel: slackChannelId } = channel.slack
      const configurationName = `${this.node.id}-${slackChannelId}`
      new CfnSlackChannelConfiguration(this, id, { ...shared, configurationName, slackWorkspaceId: workspace, slackChannelId })
      return
    }
    const { team, tenant, channel: teamsChannelId } = channel.teams
    const configurationName = `${this.node.id}-${id}`
    new CfnMicrosoftTeamsChannelConfiguration(this, id, {
      ...shared,
      configurationName,
      teamId: team,
      teamsTenantId: tenant,
      teamsChannelId,
    })
  }

  /** Amazon Q Developer asks for a role of each channel; here it only shows messages, so that the role may do nothing. */
  private roleOfChat(): Role {
    const role = new Role(this, 'ChatRole', { assumedBy: new ServicePrincipal('chatbot.amazonaws.com') })
    role.addToPolicy(new PolicyStatement({ effect: Effect.DENY, actions: ['*'], resources: ['*'] }))
    return role
  }
}

function endpointOf(channel: Exclude<Channel, { slack: unknown } | { teams: unknown }>): { protocol: string; endpoint: string } {
  if ('email' in channel) return { protocol: 'email', endpoint: channel.email }
  if ('https' in channel) return { protocol: 'https', endpoint: channel.https }
  return { protocol: 'sqs', endpoint: channel.queue }
}

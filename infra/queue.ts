import { Duration } from 'aws-cdk-lib'
import type { EventBus } from 'aws-cdk-lib/aws-events'
import { Rule } from 'aws-cdk-lib/aws-events'
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import type { RulePattern } from '../shared/events.ts'
import { patternOf } from './bus.ts'

interface EventQueueProps {
  readonly bus: EventBus
  readonly pattern: RulePattern
  /** How long the function may take for one batch. */
  readonly functionTimeout: Duration
  /** The queue is the timer: messages wait this long before anybody sees them. */
  readonly delay?: Duration
}

/** What a rule of the bus puts aside for one function, and where the messages go that it cannot take. */
export class EventQueue extends Construct {
  readonly queue: Queue
  readonly deadLetters: Queue
  readonly rule: Rule
  readonly bus: EventBus

  constructor(scope: Construct, id: string, { bus, pattern, functionTimeout, delay }: EventQueueProps) {
    super(scope, id)
    this.bus = bus
    const shared = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true, retentionPeriod: Duration.days(14) }
    this.deadLetters = new Queue(this, 'DeadLetters', shared)
    this.queue = new Queue(this, 'Queue', {
      ...shared,
      // Six times the function's time, as AWS asks for event source mappings: a throttled batch must not come back while it waits.
      visibilityTimeout: Duration.seconds(functionTimeout.toSeconds() * 6),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: 5 },
      ...(delay !== undefined && { deliveryDelay: delay }),
    })
    this.rule = new Rule(this, 'Rule', {
      eventBus: bus,
      eventPattern: patternOf(pattern),
      targets: [
        new SqsQueue(this.queue, { deadLetterQueue: this.deadLetters, retryAttempts: 185, maxEventAge: Duration.hours(24) }),
      ],
    })
  }
}

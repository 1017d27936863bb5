import { join } from 'node:path'
import { type Duration, RemovalPolicy } from 'aws-cdk-lib'
import { Role, ServicePrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { ApplicationLogLevel, Architecture, LoggingFormat, Runtime, SystemLogLevel } from 'aws-cdk-lib/aws-lambda'
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources'
import { Charset, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs'
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { bundling } from './bundling.ts'

const root = join(import.meta.dirname, '..')

interface FunctionProps {
  /** The file under `functions/`, without its ending. */
  readonly entry: string
  readonly description: string
  readonly timeout: Duration
  readonly environment: Readonly<Record<string, string>>
  readonly logDays: number
  readonly memorySize?: number
  readonly reservedConcurrency?: number
}

/** One function of `functions/`: its bundle, a role that may write its own log, and that log with its end. */
export class Function extends Construct {
  readonly lambda: NodejsFunction
  readonly role: Role
  readonly logGroup: LogGroup

  constructor(scope: Construct, id: string, props: FunctionProps) {
    super(scope, id)
    this.logGroup = new LogGroup(this, 'Log', { retention: props.logDays as RetentionDays, removalPolicy: RemovalPolicy.DESTROY })
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
    this.role.addToPolicy(
      new PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [this.logGroup.logGroupArn] }),
    )
    this.lambda = new NodejsFunction(this, 'Function', {
      entry: join(root, 'functions', `${props.entry}.ts`),
      projectRoot: root,
      depsLockFilePath: join(root, 'package-lock.json'),
      handler: 'handler',
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memorySize ?? 512,
      timeout: props.timeout,
      role: this.role,
      logGroup: this.logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      systemLogLevelV2: SystemLogLevel.WARN,
      environment: {
        ...props.environment,
        POWERTOOLS_SERVICE_NAME: props.entry,
        POWERTOOLS_METRICS_NAMESPACE: metricNamespace,
        POWERTOOLS_LOG_LEVEL: 'INFO',
      },
      ...(props.reservedConcurrency !== undefined && { reservedConcurrentExecutions: props.reservedConcurrency }),
      bundling: {
        format: OutputFormat.ESM,
        charset: Charset.UTF8,
        mainFields: [...bundling.mainFields],
        target: bundling.target,
        minify: bundling.minify,
        // The SDK that the runtime brings would be another version each month, and slower to load than one that is part of the bundle.
        externalModules: [],
        esbuildArgs: Object.fromEntries(Object.entries(bundling.alias).map(([from, to]) => [`--alias:${from}`, to])),
      },
    })
  }

  /** Feeds the function from a queue; a failing record fails alone, and the queue's growth does not take all of the account's concurrency. */
  consume(queue: IQueue, maxConcurrency: number): void {
    this.lambda.addEventSource(new SqsEventSource(queue, { batchSize: 10, reportBatchItemFailures: true, maxConcurrency }))
  }
}

/** The namespace of every metric that the functions count. */
export const metricNamespace = 'Kulprit'

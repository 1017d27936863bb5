import { RemovalPolicy } from 'aws-cdk-lib'
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway'
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination, type IHttpRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import type { Configuration } from './configuration.ts'

interface ApiProps {
  readonly query: IFunction
  readonly configuration: Configuration
}

/** The query API: every route asks who calls, calls are throttled, and each leaves a line in the access log. */
export class Api extends Construct {
  readonly api: HttpApi
  readonly stage: HttpStage

  constructor(scope: Construct, id: string, { query, configuration: { name, api, logDays } }: ApiProps) {
    super(scope, id)
    this.api = new HttpApi(this, 'Api', {
      apiName: name,
      description: 'Incidents, clusters and statistics of Kulprit',
      createDefaultStage: false,
      defaultAuthorizer: authorizerOf(api.authentication),
    })
    this.api.addRoutes({
      path: '/v1/{proxy+}',
      methods: [HttpMethod.ANY],
      integration: new HttpLambdaIntegration('Query', query),
    })
    const log = new LogGroup(this, 'AccessLog', { retention: logDays as RetentionDays, removalPolicy: RemovalPolicy.DESTROY })
    this.stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      detailedMetricsEnabled: true,
      throttle: { rateLimit: api.requestsPerSecond, burstLimit: api.burst },
      accessLogSettings: { destination: new LogGroupLogDestination(log), format: AccessLogFormat.custom(accessLogLine) },
    })
  }
}

/** Who called what, and how it ended; nothing of a question's content but its path. */
const accessLogLine = JSON.stringify({
  requestId: '$context.requestId',
  at: '$context.requestTime',
  ip: '$context.identity.sourceIp',
  caller: '$context.identity.userArn$context.authorizer.claims.sub',
  method: '$context.httpMethod',
  path: '$context.path',
  status: '$context.status',
  bytes: '$context.responseLength',
  milliseconds: '$context.responseLatency',
  error: '$context.error.message',
})

function authorizerOf(authentication: Configuration['api']['authentication']): IHttpRouteAuthorizer {
  if (authentication === 'iam') return new HttpIamAuthorizer()
  const { issuer, audience } = authentication.jwt
  return new HttpJwtAuthorizer('Jwt', issuer, { jwtAudience: audience })
}

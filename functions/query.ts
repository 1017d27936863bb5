import wrap from '@middy/core'
import { Logger } from '@aws-lambda-powertools/logger'
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { answer, RequestError, type Answer } from '../shared/aws/answer.ts'
import { connectBus } from '../shared/aws/bus.ts'
import { connectTable } from '../shared/aws/table.ts'
import { environment, readEnvironment } from '../shared/environment.ts'
import { flush } from './flush.ts'

const settings = readEnvironment(
  environment.pick({ KULPRIT_TABLE: true, KULPRIT_BUS: true, KULPRIT_RETENTION_DAYS: true }),
  process.env,
)
const store = {
  table: connectTable(settings.KULPRIT_TABLE),
  bus: connectBus(settings.KULPRIT_BUS),
  retentionDays: settings.KULPRIT_RETENTION_DAYS,
}
const logger = new Logger({ serviceName: 'query' })
const metrics = new Metrics({ namespace: 'Kulprit', serviceName: 'query' })

/** Before Lambda ends it, so that the caller gets an answer of ours; the rest is for writing it and the metrics. */
const timeoutEarlyInMillis = 500

/** Answers the query API behind an HTTP API with payloads of version 2. */
export const handler = wrap<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>({ timeoutEarlyInMillis })
  .use(flush(metrics))
  .onError(({ error }) => {
    if (error instanceof RequestError) {
      metrics.addMetric('RequestsRefused', MetricUnit.Count, 1)
      return respond({
        status: error.status,
        body: { error: { code: error.code, message: error.message } },
        headers: error.headers,
      })
    }
    metrics.addMetric('RequestsFailed', MetricUnit.Count, 1)
    logger.error('failed to answer', { error: error instanceof Error ? error : new Error(String(error)) })
    return respond({ status: 500, body: { error: { code: 'internal', message: 'the request could not be answered' } } })
  })
  .handler(async (event) => {
    const { method } = event.requestContext.http
    const body = event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64').toString() : event.body
    const { rawPath, rawQueryString } = event
    metrics.addMetric('Requests', MetricUnit.Count, 1)
    return respond(await answer(store, { method, path: rawPath, query: rawQueryString, body }, new Date().toISOString()))
  })

const respond = ({ status, body, headers = {} }: Answer): APIGatewayProxyStructuredResultV2 => ({
  statusCode: status,
  headers: { ...(body !== undefined && { 'content-type': 'application/json' }), 'cache-control': 'no-store', ...headers },
  ...(body !== undefined && { body: JSON.stringify(body) }),
})

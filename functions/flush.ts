import type { MiddlewareObj } from '@middy/core'
import type { Metrics } from '@aws-lambda-powertools/metrics'

/** Writes the metrics out at the very end of an invocation: used first, it runs last, after all that still count something. */
export function flush(metrics: Metrics): MiddlewareObj {
  const publish = () => {
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics()
  }
  return { after: publish, onError: publish }
}

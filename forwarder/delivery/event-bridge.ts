import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import type { Put } from './delivery.ts'

export interface BusOptions {
  readonly bus: string
  readonly source: string
  readonly region?: string | undefined
  readonly endpoint?: string | undefined
}

/** The bus in AWS, or whatever answers PutEvents at the endpoint. The SDK's own retries are off: what failed is tried again by entry. */
export function eventBridge({ bus, source, region, endpoint }: BusOptions): { readonly put: Put; readonly close: () => void } {
  const client = new EventBridgeClient({
    maxAttempts: 1,
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    requestHandler: { requestTimeout: 10_000, connectionTimeout: 5_000 },
  })
  return {
    put: async (events) => {
      const { Entries = [] } = await client.send(
        new PutEventsCommand({
          Entries: events.map(({ detailType, detail, time }) => ({
            EventBusName: bus,
            Source: source,
            DetailType: detailType,
            Detail: detail,
            Time: new Date(time),
          })),
        }),
      )
      return events.map((_, at) => {
        const entry = Entries[at]
        if (entry?.ErrorCode === undefined && entry?.EventId !== undefined) return undefined
        return { code: entry?.ErrorCode ?? 'NoAnswer', message: entry?.ErrorMessage ?? 'the bus did not speak of this entry' }
      })
    },
    close: () => client.destroy(),
  }
}

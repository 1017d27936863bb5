import { EventBridgeClient, PutEventsCommand, type EventBridgeClientConfig } from '@aws-sdk/client-eventbridge'
import { detailTypes, kulpritSource, type IncidentChanged } from '../events.ts'
import { clientOptions } from './clients.ts'

/** The event bus and the client that speaks to it. */
export interface Bus {
  readonly client: EventBridgeClient
  readonly name: string
}

export const connectBus = (name: string, config: EventBridgeClientConfig = {}): Bus => ({
  name,
  client: new EventBridgeClient({ ...clientOptions, ...config }),
})

/** Entries that EventBridge did not take, though it answered 200. */
class EventsRefusedError extends Error {
  override readonly name = 'EventsRefusedError'
}

/** EventBridge takes 1 MB in all; an event that others route and archive should stay well below. */
const largestDetail = 240_000

/** Announces a change of an incident on the bus; throws unless the bus has taken it. */
export async function announce({ client, name }: Bus, changed: IncidentChanged): Promise<void> {
  const { FailedEntryCount = 0, Entries = [] } = await client.send(
    new PutEventsCommand({
      Entries: [
        {
          EventBusName: name,
          Source: kulpritSource,
          DetailType: detailTypes.incidentChanged,
          Resources: [changed.incident.id],
          Detail: fit(changed),
        },
      ],
    }),
  )
  if (FailedEntryCount === 0) return
  const refused = Entries.find(({ ErrorCode }) => ErrorCode !== undefined)
  throw new EventsRefusedError(
    `the bus ${name} refused "${changed.change}" of ${changed.incident.id}: ${refused?.ErrorCode ?? 'no code'} ${refused?.ErrorMessage ?? ''}`,
  )
}

/** The incident without what only the store needs, and with as much evidence as fits. */
function fit({ incident, ...rest }: IncidentChanged): string {
  const { observation, diagnosis } = incident
  const lean = { ...incident, seen: [], history: [], steps: [] }
  const whole = JSON.stringify({ ...rest, incident: lean })
  if (Buffer.byteLength(whole) <= largestDetail) return whole
  return JSON.stringify({
    ...rest,
    incident: {
      ...lean,
      observation: { ...observation, evidence: [] },
      diagnosis: { ...diagnosis, evidence: diagnosis.evidence.slice(0, 5) },
      notes: [],
      timeline: incident.timeline.slice(-20),
    },
  })
}

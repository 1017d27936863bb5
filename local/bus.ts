import { randomUUID } from 'node:crypto'
import type { Envelope, RulePattern } from '../shared/events.ts'

/** One entry of a PutEvents request. */
export interface PutEventsEntry {
  readonly Source?: string
  readonly DetailType?: string
  readonly Detail?: string
  readonly EventBusName?: string
  /** Epoch seconds, as the AWS JSON protocol writes times. */
  readonly Time?: number
  readonly Resources?: readonly string[]
}

export interface PutEventsAnswer {
  readonly FailedEntryCount: number
  readonly Entries: readonly ({ readonly EventId: string } | { readonly ErrorCode: string; readonly ErrorMessage: string })[]
}

/** Where the events of a pattern go. */
export interface Rule {
  readonly pattern: RulePattern
  readonly target: (events: readonly Envelope[]) => void
}

/** A request that EventBridge refuses as a whole. */
export class PutEventsError extends Error {
  override readonly name = 'PutEventsError'
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

const mostEntries = 10
const mostBytes = 1_048_576

/** Whether an event is one that a rule wants, by EventBridge's rules for the operators that the patterns use. */
function matches({ source, detailType }: RulePattern, event: Envelope): boolean {
  return (
    source.some((wanted) => (typeof wanted === 'string' ? wanted === event.source : event.source.startsWith(wanted.prefix))) &&
    detailType.includes(event['detail-type'])
  )
}

/** Takes events as PutEvents does, and has given each to the rules that want it before it answers. */
export function openBus(
  name: string,
  rules: readonly Rule[],
): { readonly put: (entries: readonly PutEventsEntry[]) => PutEventsAnswer } {
  return {
    put: (entries) => {
      checkWhole(entries)
      const judged = entries.map((entry) => judge(entry, name))
      const events = judged.flatMap((one) => ('event' in one ? [one.event] : []))
      for (const { pattern, target } of rules) {
        const wanted = events.filter((event) => matches(pattern, event))
        if (wanted.length > 0) target(wanted)
      }
      return {
        FailedEntryCount: judged.length - events.length,
        Entries: judged.map((one) => ('event' in one ? { EventId: one.event.id } : one)),
      }
    },
  }
}

function checkWhole(entries: readonly PutEventsEntry[]): void {
  if (entries.length === 0 || entries.length > mostEntries)
    throw new PutEventsError(
      'ValidationException',
      `Entries must have between 1 and ${mostEntries} members, found ${entries.length}`,
    )
  const bytes = entries.reduce(
    (sum, { Detail = '', Source = '', DetailType = '' }) => sum + Buffer.byteLength(Detail + Source + DetailType),
    0,
  )
  if (bytes > mostBytes)
    throw new PutEventsError(
      'ValidationException',
      `Total size of the entries in the request is over the limit: ${bytes} of ${mostBytes} bytes`,
    )
}

function judge(
  { Source, DetailType, Detail, EventBusName = 'default', Time, Resources = [] }: PutEventsEntry,
  bus: string,
):
  | { readonly event: Envelope & { readonly resources: readonly string[] } }
  | { readonly ErrorCode: string; readonly ErrorMessage: string } {
  const refuse = (ErrorCode: string, ErrorMessage: string) => ({ ErrorCode, ErrorMessage })
  if (!Source) return refuse('InvalidArgument', 'Parameter Source is not valid. Reason: Source is a required argument.')
  if (!DetailType)
    return refuse('InvalidArgument', 'Parameter DetailType is not valid. Reason: DetailType is a required argument.')
  if (!Detail) return refuse('InvalidArgument', 'Parameter Detail is not valid. Reason: Detail is a required argument.')
  if (Source.startsWith('aws.')) return refuse('NotAuthorizedForSourceException', 'Not authorized for the source.')
  if (EventBusName !== bus && !EventBusName.endsWith(`:event-bus/${bus}`))
    return refuse('InvalidArgument', `Event bus ${EventBusName} does not exist; this one is ${bus}.`)
  const detail = parseObject(Detail)
  if (detail === undefined) return refuse('MalformedDetail', 'Detail is malformed.')
  const time = new Date(Time === undefined ? Date.now() : Time * 1000)
  return {
    event: {
      id: randomUUID(),
      source: Source,
      'detail-type': DetailType,
      account: '000000000000',
      region: 'local',
      time: `${time.toISOString().slice(0, 19)}Z`,
      resources: Resources,
      detail,
    },
  }
}

function parseObject(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** How much it would matter to lose an event: the last of these goes first when there is no room. */
export type Worth = 'new' | 'changed' | 'recovered' | 'repeated' | 'heartbeat'

/** One event on its way to the bus. */
export interface Outgoing {
  readonly detailType: string
  readonly detail: string
  readonly time: string
  readonly worth: Worth
  /** What it speaks of: of two that are spooled, a later one of the same kind makes the earlier one worthless. */
  readonly identity: string
}

/** EventBridge counts source, detail-type, detail and 14 bytes for the time. */
export const sizeOf = ({ detailType, detail }: Outgoing, source: string): number =>
  Buffer.byteLength(detail) + Buffer.byteLength(detailType) + Buffer.byteLength(source) + 14

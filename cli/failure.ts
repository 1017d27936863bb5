/** Exit codes, as `kulprit --help` lists them. */
export const exitCodes = { ok: 0, failuresFound: 1, usage: 2, unreadable: 3 } as const

/** Something the caller can mend; printed as one line, without a stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: number
  constructor(message: string, exitCode: number = exitCodes.unreadable, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}

/** What an error says, with its code where the message lacks it. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // Node gathers the attempts on IPv4 and IPv6 in one error without a message of its own.
  const { errors, code } = error as Error & { errors?: readonly unknown[]; code?: string }
  if (error.message === '' && errors !== undefined) return errors.map(messageOf).join('; ')
  return error.message === '' ? (code ?? error.name) : error.message
}

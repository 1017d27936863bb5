/** What all AWS clients share: no call hangs, and throttling is waited out by the SDK before it is anybody's failure. */
export const clientOptions = {
  maxAttempts: 5,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 8_000 },
} as const

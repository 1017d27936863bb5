/** The time to wait before the next try: doubled each time up to a limit, and shortened at random so that many do not try at once. */
export function backOff(tries: number, { first, limit }: BackOff, random: () => number): number {
  const whole = Math.min(limit, first * 2 ** Math.min(tries, 30))
  return whole / 2 + (whole / 2) * random()
}

export interface BackOff {
  readonly first: number
  readonly limit: number
}

/** Resolves after the time, or at once when the signal is given; never rejects. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    signal?.addEventListener('abort', done, { once: true })
  })
}

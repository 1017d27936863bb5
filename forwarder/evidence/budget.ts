/** Requests that matter more come first: a workload that fails for the first time, then new evidence, then repetitions. */
export const priorities = { first: 0, changed: 1, repeated: 2 } as const
export type Priority = (typeof priorities)[keyof typeof priorities]

export interface Budget {
  /** Resolves when one request may be made; rejects when the budget is closed. */
  readonly take: (priority: Priority) => Promise<void>
  /** How many requests could be made at once. */
  readonly available: () => number
  readonly waiting: () => number
  readonly close: () => void
}

export interface BudgetOptions {
  readonly perSecond: number
  readonly burst: number
  readonly now: () => number
}

/** What is asked of the API server beyond the watches stays below so many requests a second, with bursts (a token bucket). */
export function requestBudget({ perSecond, burst, now }: BudgetOptions): Budget {
  let tokens = burst
  let filledAt = now()
  let timer: NodeJS.Timeout | undefined
  let closed = false
  const queues: { resolve: () => void; reject: (error: Error) => void }[][] = [[], [], []]

  function fill(): void {
    const at = now()
    tokens = Math.min(burst, tokens + ((at - filledAt) / 1000) * perSecond)
    filledAt = at
  }

  const waiting = () => queues.reduce((total, queue) => total + queue.length, 0)

  function serve(): void {
    fill()
    while (tokens >= 1) {
      // The newest first: of two failures, the one that just happened still has its logs.
      const next = queues.find((queue) => queue.length > 0)?.pop()
      if (next === undefined) break
      tokens -= 1
      next.resolve()
    }
    if (waiting() > 0 && timer === undefined && !closed)
      timer = setTimeout(
        () => {
          timer = undefined
          serve()
        },
        Math.max(5, ((1 - tokens) / perSecond) * 1000),
      )
  }

  return {
    waiting,
    available: () => {
      fill()
      return waiting() > 0 ? 0 : Math.floor(tokens)
    },
    take: (priority) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new Error('the request budget is closed'))
        queues[priority]?.push({ resolve, reject })
        serve()
      }),
    close: () => {
      closed = true
      clearTimeout(timer)
      for (const queue of queues) for (const { reject } of queue.splice(0)) reject(new Error('the request budget is closed'))
    },
  }
}

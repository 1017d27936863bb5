import { describe, expect, test } from '@jest/globals'
import { priorities, requestBudget, type Priority } from '../../../forwarder/evidence/budget.ts'

describe('the budget of requests', () => {
  test('serves new workloads before changes and repetitions', async () => {
    let now = 0
    const budget = requestBudget({ perSecond: 100, burst: 1, now: () => now })
    await budget.take(priorities.first)
    const served: Priority[] = []
    const takes = [priorities.repeated, priorities.changed, priorities.first, priorities.repeated, priorities.first].map(
      async (priority) => {
        await budget.take(priority)
        served.push(priority)
        now += 10
      },
    )
    now = 10
    await Promise.all(takes)
    expect(served).toEqual([0, 0, 1, 2, 2])
  })

  test('lets a burst through, and then no more than so many a second', async () => {
    let now = 0
    const budget = requestBudget({ perSecond: 10, burst: 20, now: () => now })
    expect(budget.available()).toBe(20)
    for (let n = 0; n < 20; n++) await budget.take(priorities.first)
    expect(budget.available()).toBe(0)
    now = 1_000
    expect(budget.available()).toBe(10)
  })

  test('turns away what waits when it is closed', async () => {
    const budget = requestBudget({ perSecond: 0.001, burst: 1, now: () => 0 })
    await budget.take(priorities.first)
    const waits = budget.take(priorities.first)
    budget.close()
    await expect(waits).rejects.toThrow('closed')
  })
})

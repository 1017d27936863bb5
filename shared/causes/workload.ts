import type { Cause } from './cause.ts'

export const workload: readonly Cause[] = []

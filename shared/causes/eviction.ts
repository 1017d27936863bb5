import type { Cause } from './cause.ts'

export const eviction: readonly Cause[] = []

import type { Cause } from './cause.ts'

export const volume: readonly Cause[] = []

import type { Cause } from './cause.ts'

export const scheduling: readonly Cause[] = []

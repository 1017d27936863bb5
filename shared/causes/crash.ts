import type { Cause } from './cause.ts'

export const crash: readonly Cause[] = []

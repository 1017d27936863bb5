import type { Cause } from './cause.ts'

export const admission: readonly Cause[] = []

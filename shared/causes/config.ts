import type { Cause } from './cause.ts'

export const config: readonly Cause[] = []

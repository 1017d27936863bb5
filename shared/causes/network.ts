import type { Cause } from './cause.ts'

export const network: readonly Cause[] = []

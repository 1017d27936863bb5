import type { Cause } from './cause.ts'

export const node: readonly Cause[] = []

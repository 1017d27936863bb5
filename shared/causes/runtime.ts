import type { Cause } from './cause.ts'

export const runtime: readonly Cause[] = []

import type { Cause } from './cause.ts'

export const image: readonly Cause[] = []

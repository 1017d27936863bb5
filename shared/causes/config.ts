import type { Cause } from './cause.ts'
import { references } from './config/references.ts'
import { security } from './config/security.ts'

/** What a pod refers to and asks for, and cannot get. */
export const config: readonly Cause[] = [...references, ...security]

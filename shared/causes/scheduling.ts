import type { Cause } from './cause.ts'
import { placement } from './scheduling/placement.ts'
import { resources } from './scheduling/resources.ts'
import { whileServed } from './scheduling/while-served.ts'

/** Pods that no node takes. */
export const scheduling: readonly Cause[] = [...resources, ...placement].map(whileServed)

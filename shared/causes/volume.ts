import type { Cause } from './cause.ts'
import { whileServed } from './scheduling/while-served.ts'
import { attachment } from './volume/attachment.ts'
import { claims } from './volume/claims.ts'

/** Claims without a volume, and volumes that do not reach their pod. */
export const volume: readonly Cause[] = [...claims, ...attachment].map(whileServed)

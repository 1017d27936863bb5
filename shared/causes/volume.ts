import type { Cause } from './cause.ts'
import { whileServed } from './scheduling/while-served.ts'
import { absent } from './volume/absent.ts'
import { attachment } from './volume/attachment.ts'
import { mounts } from './volume/mount.ts'
import { place } from './volume/place.ts'
import { provisioning } from './volume/provisioning.ts'
import { unbound } from './volume/unbound.ts'

/** Claims without a volume, and volumes that do not reach their pod. */
export const volume: readonly Cause[] = [...absent, ...provisioning, ...unbound, ...attachment, ...mounts, ...place].map(
  whileServed,
)

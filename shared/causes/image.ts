import type { Cause } from './cause.ts'
import { absent } from './image/absent.ts'
import { credentials } from './image/credentials.ts'
import { pull } from './image/pull.ts'
import { reference } from './image/reference.ts'
import { registry } from './image/registry.ts'

/** Everything that keeps an image from the node. */
export const image: readonly Cause[] = [...reference, ...absent, ...credentials, ...registry, ...pull]

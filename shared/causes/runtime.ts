import type { Cause } from './cause.ts'
import { mounts } from './runtime/mounts.ts'
import { runtimeErrors } from './runtime/runtime-error.ts'
import { sandbox } from './runtime/sandbox.ts'

/** What happens on the node between the image and the first instruction of the program. */
export const runtime: readonly Cause[] = [...mounts, ...sandbox, ...runtimeErrors]

import type { Cause } from './cause.ts'
import { forbidden } from './admission/forbidden.ts'
import { webhooks } from './admission/webhooks.ts'

/** Objects that the API server does not let in. */
export const admission: readonly Cause[] = [...forbidden, ...webhooks]

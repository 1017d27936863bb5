import type { Cause } from './cause.ts'
import { invalid } from './admission/invalid.ts'
import { podSecurity } from './admission/pod-security.ts'
import { quotas } from './admission/quotas.ts'
import { webhooks } from './admission/webhooks.ts'

/** Objects that the API server does not let in. */
export const admission: readonly Cause[] = [...quotas, ...podSecurity, ...invalid, ...webhooks]

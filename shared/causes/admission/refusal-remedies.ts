import type { Case } from '../cause.ts'
import { canRoll, inNamespace, workloadOf } from '../wording.ts'
import { target } from './refusal.ts'

/** Shows the controller whose object was refused, with the events that say why. */
export const showRefusal = (given: Case) => ({
  text: 'Read what the API server says of it.',
  command: `kubectl describe ${target(given)}${inNamespace(given)}`,
})

/** Again at once, where a controller would wait for its back-off. */
export const retry = (given: Case) =>
  canRoll(given)
    ? [
        {
          text: 'The controller tries again with growing pauses; this makes it try now.',
          command: `kubectl rollout restart ${workloadOf(given)}${inNamespace(given)}`,
        },
      ]
    : []

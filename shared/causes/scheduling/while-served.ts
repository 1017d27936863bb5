import type { Cause } from '../cause.ts'

/** The cause as it is told of a pod for which an autoscaler has ordered a node: worth a note, and no alarm. */
export const whileServed = (cause: Cause): Cause => ({
  ...cause,
  severityIn: (given) => (given.facts['served'] === undefined ? cause.severityIn?.(given) : 'info'),
  explain: (given) => {
    const { served } = given.facts
    return served === undefined
      ? cause.explain(given)
      : `An autoscaler has ordered a node for this pod (at ${served}), so that there is nothing to do unless it does not come within ten minutes. ${cause.explain(given)}`
  },
  remedies: (given) =>
    given.facts['served'] === undefined
      ? cause.remedies(given)
      : [{ text: 'See whether the node comes.', command: 'kubectl get nodes -w' }, ...cause.remedies(given)],
})

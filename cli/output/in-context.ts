import type { Diagnosis } from '../../shared/diagnosis.ts'

/**
 * The diagnosis with its commands bound to a context of the kubeconfig: pasted as they are, they reach the cluster that was
 * diagnosed, and not the one that happens to be current.
 */
export function inContext(diagnosis: Diagnosis, context: string | undefined): Diagnosis {
  if (context === undefined) return diagnosis
  const bound = `kubectl --context ${/^[\w.:/@-]+$/.test(context) ? context : `'${context.replaceAll("'", `'\\''`)}'`} `
  const remedies = diagnosis.remedies.map((remedy) =>
    remedy.command === undefined ? remedy : { ...remedy, command: remedy.command.replace(/\bkubectl (?=[a-z])/g, () => bound) },
  )
  return { ...diagnosis, remedies }
}

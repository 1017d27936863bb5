import * as z from 'zod'

/** The form that a cluster's name has in event sources, table keys and IAM conditions. */
export const clusterName = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$/,
    'a cluster name is 1 to 63 of a-z, 0-9, "-" and ".", and starts and ends with a letter or digit',
  )

export const workloadReference = z.object({ kind: z.string().min(1), name: z.string().min(1) })

/** What a diagnosis is about: the failing object, its container where one fails, and the workload at the root of its owners. */
export const subject = z.object({
  cluster: clusterName,
  kind: z.string().min(1),
  namespace: z.string().optional(),
  name: z.string().min(1),
  uid: z.string().optional(),
  container: z.string().optional(),
  workload: workloadReference.optional(),
})

export type Subject = z.infer<typeof subject>

/**
 * Turns the name of a kubeconfig context, an EKS ARN or anything else into the form of a cluster name.
 *
 * @example toClusterName('arn:aws:eks:eu-west-1:111122223333:cluster/Prod_1') // 'prod-1'
 */
export function toClusterName(name: string): string {
  const arn = /^arn:[^:]*:eks:[^:]*:[^:]*:cluster\/(.+)$/.exec(name)
  const plain = (arn?.[1] ?? name)
    .toLowerCase()
    .replace(/[^-a-z0-9.]+/g, '-')
    .slice(0, 63)
    .replace(/^[-.]+|[-.]+$/g, '')
  return plain === '' ? 'cluster' : plain
}

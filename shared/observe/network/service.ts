import type { KubernetesObject, Pod } from '../../kubernetes.ts'

/** A Service, as far as it tells where it leads. */
export interface Service extends KubernetesObject {
  readonly spec?: {
    readonly type?: string
    readonly selector?: Readonly<Record<string, string>> | null
    readonly ports?: readonly {
      readonly name?: string
      readonly port?: number
      readonly targetPort?: number | string
      readonly protocol?: string
    }[]
    readonly clusterIP?: string
    readonly externalName?: string
    readonly loadBalancerClass?: string
  }
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly unknown[] } }
}

/** Whether the pod has all labels of the selector. */
export const matches = ({ metadata }: Pod, selector: Readonly<Record<string, string>>) =>
  Object.entries(selector).every(([key, value]) => metadata?.labels?.[key] === value)

/** Whether traffic may reach the pod. */
export const isReady = ({ status, metadata }: Pod) =>
  metadata?.deletionTimestamp === undefined &&
  status?.conditions?.some(({ type, status: met }) => type === 'Ready' && met === 'True') === true

/** Whether it was made longer ago than the limit in milliseconds, or nobody knows when. */
export const isOld = (created: string | undefined, now: string, limit: number) =>
  created === undefined || Date.parse(now) - Date.parse(created) > limit

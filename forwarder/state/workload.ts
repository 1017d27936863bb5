import type { Condition, KubernetesObject } from '../../shared/kubernetes.ts'

/** What an object other than a pod says at a glance. */
export interface Standing {
  /** As it should be: every replica wanted is ready, the claim is bound, the job is done. */
  readonly well: boolean
  /** Not well, and not merely on its way: worth a look at once. */
  readonly suspicious: boolean
  /** Equal for states that say the same. */
  readonly sign: string
  readonly done?: boolean
}

interface Counts {
  readonly replicas?: number
  readonly readyReplicas?: number
  readonly updatedReplicas?: number
  readonly availableReplicas?: number
  readonly observedGeneration?: number
  readonly desiredNumberScheduled?: number
  readonly updatedNumberScheduled?: number
  readonly numberReady?: number
  readonly numberAvailable?: number
  readonly currentRevision?: string
  readonly updateRevision?: string
  readonly conditions?: readonly Condition[]
  readonly phase?: string
  readonly loadBalancer?: unknown
}
interface Wants {
  readonly replicas?: number
  readonly selector?: Readonly<Record<string, string>> | null
  readonly type?: string
}

const signOf = (conditions: readonly Condition[] = []) =>
  conditions.map(({ type, status, reason }) => `${type}=${status ?? ''}:${reason ?? ''}`).join(',')
const has = (conditions: readonly Condition[] | undefined, type: string, status: string) =>
  conditions?.find((condition) => condition.type === type && condition.status === status)

/** Judges an object by its status; kinds that no check knows are well. */
export function standingOf(kind: string, object: KubernetesObject): Standing {
  const status = (object.status ?? {}) as Counts
  const spec = (object.spec ?? {}) as Wants
  const { conditions } = status
  const sign = signOf(conditions)
  const isCurrent = (status.observedGeneration ?? 0) >= (object.metadata?.generation ?? 0)
  switch (kind) {
    case 'Deployment': {
      const wanted = spec.replicas ?? 1
      const well = isCurrent && (status.updatedReplicas ?? 0) >= wanted && (status.availableReplicas ?? 0) >= wanted
      const stalled = has(conditions, 'Progressing', 'False') ?? has(conditions, 'ReplicaFailure', 'True')
      return { well: well && (status.replicas ?? 0) <= wanted, suspicious: stalled !== undefined, sign }
    }
    case 'StatefulSet': {
      const wanted = spec.replicas ?? 1
      const updated = status.updateRevision === undefined || status.updateRevision === status.currentRevision
      return {
        well: isCurrent && (status.readyReplicas ?? 0) >= wanted && (updated || (status.updatedReplicas ?? 0) >= wanted),
        suspicious: false,
        sign,
      }
    }
    case 'DaemonSet': {
      const wanted = status.desiredNumberScheduled ?? 0
      return {
        well: isCurrent && (status.numberReady ?? 0) >= wanted && (status.updatedNumberScheduled ?? wanted) >= wanted,
        suspicious: false,
        sign,
      }
    }
    case 'Job': {
      const failed = has(conditions, 'Failed', 'True') ?? has(conditions, 'FailureTarget', 'True')
      const done = has(conditions, 'Complete', 'True') !== undefined
      return { well: failed === undefined, suspicious: failed !== undefined, sign, done }
    }
    case 'PersistentVolumeClaim':
      return { well: status.phase === 'Bound', suspicious: status.phase !== 'Bound', sign: `${status.phase ?? ''},${sign}` }
    case 'Node': {
      const ready = has(conditions, 'Ready', 'True') !== undefined
      const pressed = conditions?.some(({ type, status }) => type !== 'Ready' && status === 'True') ?? false
      return { well: ready && !pressed, suspicious: !ready || pressed, sign }
    }
    case 'HorizontalPodAutoscaler': {
      const off =
        conditions?.some(
          ({ type, status, reason }) => status === 'False' && type !== 'ScalingLimited' && reason !== 'ScalingDisabled',
        ) ?? false
      return { well: !off, suspicious: off, sign }
    }
    default:
      return { well: true, suspicious: false, sign }
  }
}

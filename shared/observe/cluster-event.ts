import type { KubernetesObject } from '../kubernetes.ts'

/** A Kubernetes event, whichever of its three shapes it came in (plain, with a series, or of events.k8s.io). */
export interface ClusterEvent {
  readonly reason: string
  readonly type: 'Normal' | 'Warning'
  readonly message: string
  readonly count: number
  readonly firstAt: string | undefined
  readonly lastAt: string | undefined
  readonly component: string | undefined
  readonly involved: {
    readonly kind: string
    readonly namespace: string | undefined
    readonly name: string
    readonly uid: string | undefined
  }
  /** From `fieldPath`: spec.containers{NAME}. */
  readonly container: string | undefined
}

interface EventFields extends KubernetesObject {
  readonly reason?: string
  readonly type?: string
  readonly message?: string
  readonly note?: string
  readonly count?: number | null
  readonly deprecatedCount?: number
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string } | null
  readonly firstTimestamp?: string | null
  readonly lastTimestamp?: string | null
  readonly eventTime?: string | null
  readonly source?: { readonly component?: string }
  readonly reportingComponent?: string
  readonly involvedObject?: InvolvedObject
  readonly regarding?: InvolvedObject
}
interface InvolvedObject {
  readonly kind?: string
  readonly namespace?: string
  readonly name?: string
  readonly uid?: string
  readonly fieldPath?: string
}

/** Undefined for an event that names no object. */
export function toClusterEvent(object: KubernetesObject): ClusterEvent | undefined {
  const event = object as EventFields
  const involved = event.involvedObject ?? event.regarding
  if (involved?.kind === undefined || involved.name === undefined) return undefined
  const firstAt = utc(event.firstTimestamp) ?? utc(event.eventTime) ?? utc(event.metadata?.creationTimestamp)
  return {
    reason: event.reason ?? '',
    type: event.type === 'Warning' ? 'Warning' : 'Normal',
    message: event.message ?? event.note ?? '',
    count: Math.max(1, event.series?.count ?? event.count ?? event.deprecatedCount ?? 1),
    firstAt,
    lastAt: utc(event.series?.lastObservedTime) ?? utc(event.lastTimestamp) ?? firstAt,
    component: event.source?.component ?? (event.reportingComponent || undefined),
    involved: {
      kind: involved.kind,
      namespace: involved.namespace ?? event.metadata?.namespace,
      name: involved.name,
      uid: involved.uid,
    },
    container: /^spec\.(?:init|ephemeral)?[cC]ontainers\{(.+)\}$/.exec(involved.fieldPath ?? '')?.[1],
  }
}

/** ISO 8601 in UTC with milliseconds at most, as the rest of the domain wants it; undefined for what is no time. */
export function utc(time: string | null | undefined): string | undefined {
  if (time === null || time === undefined) return undefined
  const milliseconds = Date.parse(time)
  return Number.isNaN(milliseconds) || milliseconds <= 0 ? undefined : new Date(milliseconds).toISOString()
}

import type { KubernetesObject } from '../../shared/kubernetes.ts'

/** What a text held: its Kubernetes objects, and what in it could not be read. */
export interface Documents {
  readonly objects: readonly KubernetesObject[]
  readonly faults: readonly string[]
  /** The newest time that its objects speak of, ISO 8601. */
  readonly newest: string | undefined
}

/**
 * Reads Kubernetes objects from JSON: one object, a List, a typed list whose items carry no kind of their own, or several such
 * documents one after the other, as `kubectl cluster-info dump` writes them to standard output.
 */
export function readDocuments(text: string): Documents {
  const faults: string[] = []
  const objects = (parse(text, faults) ?? []).flatMap((value) => objectsOf(value))
  return { objects, faults, newest: newestOf(text) }
}

function parse(text: string, faults: string[]): unknown[] | undefined {
  if (text.trim() === '') return []
  try {
    return [JSON.parse(text)]
  } catch (error) {
    const parts = split(text)
    if (parts.length < 2) {
      faults.push((error as Error).message)
      return undefined
    }
  }
  return split(text).flatMap((part) => {
    try {
      return [JSON.parse(part) as unknown]
    } catch (error) {
      faults.push((error as Error).message)
      return []
    }
  })
}

/** Documents that follow one another begin on a line of their own with a brace in the first column. */
const split = (text: string) => text.split(/^(?=\{)/m).filter((part) => part.trim() !== '')

interface List extends KubernetesObject {
  readonly items?: unknown
}

function objectsOf(value: unknown, inherited: KubernetesObject = {}): KubernetesObject[] {
  if (Array.isArray(value)) return value.flatMap((item) => objectsOf(item, inherited))
  if (value === null || typeof value !== 'object') return []
  const { kind, apiVersion, items, metadata } = value as List
  if (Array.isArray(items) && (kind === undefined || kind.endsWith('List'))) {
    const itemKind = kind?.slice(0, -'List'.length)
    return objectsOf(items, {
      ...(itemKind !== undefined && itemKind !== '' && { kind: itemKind }),
      ...(apiVersion !== undefined && itemKind !== '' && { apiVersion }),
    })
  }
  // Anything else in JSON (a package.json, a values file) is no cluster object.
  if ((kind ?? inherited.kind) === undefined || typeof metadata !== 'object' || metadata === null) return []
  return [kind === undefined ? { ...inherited, ...value } : value]
}

/**
 * Times that an object says of the past. A deletion's is a deadline, a certificate's may lie years ahead: neither says when the dump was taken.
 */
const spokenTime =
  /"(?:creationTimestamp|firstTimestamp|lastTimestamp|eventTime|lastObservedTime|lastTransitionTime|lastUpdateTime|lastHeartbeatTime|lastProbeTime|startedAt|finishedAt|startTime|completionTime|lastScheduleTime|lastSuccessfulTime|lastScaleTime|renewTime|time)":\s*"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)"/g

function newestOf(text: string): string | undefined {
  let newest: string | undefined
  for (const [, time = ''] of text.matchAll(spokenTime)) if (newest === undefined || time > newest) newest = time
  return newest === undefined ? undefined : new Date(newest).toISOString()
}

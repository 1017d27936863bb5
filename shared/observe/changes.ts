import type { Change } from '../evidence.ts'
import type { KubernetesObject, Pod } from '../kubernetes.ts'
import type { ClusterIndex } from './cluster-index.ts'

/** What differs between the pod template that a pod was made from and the one before it; empty where that is unknown. */
export function changesOf(index: ClusterIndex, pod: Pod): Change[] {
  const { namespace } = pod.metadata ?? {}
  const owner = pod.metadata?.ownerReferences?.find(({ controller }) => controller) ?? pod.metadata?.ownerReferences?.[0]
  if (owner?.kind === 'ReplicaSet') return betweenReplicaSets(index, namespace, owner.name)
  if (owner?.kind === 'StatefulSet' || owner?.kind === 'DaemonSet') {
    return betweenRevisions(index, namespace, owner.name, pod.metadata?.labels?.['controller-revision-hash'])
  }
  return []
}

function betweenReplicaSets(index: ClusterIndex, namespace: string | undefined, name: string): Change[] {
  const current = index.get('ReplicaSet', namespace, name)
  const deployment = current && index.rootOf(current)
  if (current === undefined || deployment === undefined) return []
  const older = index
    .all('ReplicaSet')
    .filter((set) => set.metadata?.namespace === namespace && revisionOf(set) < revisionOf(current))
    .filter((set) => index.rootOf(set)?.name === deployment.name)
    .sort((a, b) => readyOf(b) - readyOf(a) || revisionOf(b) - revisionOf(a))
  return older[0] ? difference(templateOf(older[0]), templateOf(current)) : []
}

const revisionOf = ({ metadata }: KubernetesObject) => Number(metadata?.annotations?.['deployment.kubernetes.io/revision'] ?? 0)
/** A revision that still serves is the healthy one for sure; of the others the latest was most likely. */
const readyOf = ({ status }: KubernetesObject) =>
  Math.sign((status as { readyReplicas?: number } | undefined)?.readyReplicas ?? 0)
const templateOf = ({ spec }: KubernetesObject) => (spec as { template?: { spec?: unknown } } | undefined)?.template?.spec

interface ControllerRevision extends KubernetesObject {
  readonly revision?: number
  readonly data?: { readonly spec?: { readonly template?: { readonly spec?: unknown } } }
}

function betweenRevisions(index: ClusterIndex, namespace: string | undefined, owner: string, hash: string | undefined): Change[] {
  const revisions = (index.all('ControllerRevision') as readonly ControllerRevision[])
    .filter(({ metadata }) => metadata?.namespace === namespace && metadata?.ownerReferences?.some(({ name }) => name === owner))
    .sort((a, b) => (b.revision ?? 0) - (a.revision ?? 0))
  const isCurrent = ({ metadata }: ControllerRevision) =>
    hash === undefined ||
    metadata?.name === hash ||
    metadata?.labels?.['controller-revision-hash'] === hash ||
    metadata?.name?.endsWith(`-${hash}`)
  const at = revisions.findIndex(isCurrent)
  const [current, before] = at < 0 ? [] : revisions.slice(at, at + 2)
  return current && before ? difference(before.data?.spec?.template?.spec, current.data?.spec?.template?.spec) : []
}

/** Compares two pod specs, path by path; values of environment variables are compared and never shown. */
function difference(before: unknown, after: unknown): Change[] {
  if (before === undefined || after === undefined) return []
  const from = flatten(before)
  const to = flatten(after)
  const changes: Change[] = []
  for (const path of new Set([...from.keys(), ...to.keys()])) {
    const [old, young] = [from.get(path), to.get(path)]
    if (old === young) continue
    const secret = /\.env\[[^\]]*\](?:\.value)?$/.test(path)
    changes.push({
      path: path.replace(/(\.env\[[^\]]*\])\.value$/, '$1'),
      before: secret ? mask(old, 'a value') : (old ?? null),
      after: secret ? mask(young, old === undefined ? 'a value' : 'another value') : (young ?? null),
    })
  }
  return changes
}

const mask = (value: string | undefined, word: string) => (value === undefined ? null : word)

/** What the API server or a restart writes, and what defaults add, is no change that people made. */
const noise =
  /^(?:dnsPolicy|schedulerName|terminationGracePeriodSeconds|serviceAccount|enableServiceLinks)$|terminationMessage(?:Path|Policy)$/

function flatten(value: unknown, path = '', paths = new Map<string, string>()): Map<string, string> {
  if (noise.test(path) || value === undefined || value === null) return paths
  if (Array.isArray(value)) {
    if (value.every((item) => typeof item !== 'object' || item === null)) paths.set(path, value.join(' '))
    else value.forEach((item, at) => flatten(item, `${path}[${keyOf(item) ?? at}]`, paths))
  } else if (typeof value === 'object') {
    for (const [name, item] of Object.entries(value)) {
      if (name !== 'name' || path === '') flatten(item, path === '' ? name : `${path}.${name}`, paths)
    }
    if (/\.env\[[^\]]*\]$/.test(path) && !('value' in value) && !('valueFrom' in value)) paths.set(`${path}.value`, '')
  } else paths.set(path, JSON.stringify(value).replace(/^"|"$/g, ''))
  return paths
}

/** Names are what tells one item of a list from another; positions move. */
function keyOf(item: unknown): string | undefined {
  const { name, mountPath, containerPort, key, configMapRef, secretRef } = (item ?? {}) as Record<string, unknown>
  const reference = (configMapRef ?? secretRef) as { name?: string } | undefined
  const found = mountPath ?? name ?? containerPort ?? key ?? reference?.name
  return typeof found === 'string' || typeof found === 'number' ? String(found) : undefined
}

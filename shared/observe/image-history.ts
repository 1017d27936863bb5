import { editDistance } from '../edit-distance.ts'
import { parseImageReference } from '../image-reference.ts'
import type { ContainerStatus, Pod } from '../kubernetes.ts'
import type { ClusterIndex } from './cluster-index.ts'

/** Where the cluster's own history bears on a failed pull: the same image, another tag, or a repository of nearly this name was pulled. */
export function imageHistory(index: ClusterIndex, pod: Pod, image: string | undefined): Record<string, string> {
  const wanted = image === undefined ? undefined : parseImageReference(image)
  if (image === undefined || wanted === undefined) return {}
  const facts: Record<string, string> = {}
  for (const { image: pulled, by, at } of pulledImages(index, pod)) {
    if (pulled === image) facts['pulledBefore'] ??= at === undefined ? by : `${by} at ${at}`
    const other = parseImageReference(pulled)
    if (other === undefined || other.registry !== wanted.registry || pulled === image) continue
    if (other.repository === wanted.repository) facts['otherTag'] ??= pulled
    else if (other.tag === wanted.tag && isNear(other.repository, wanted.repository)) facts['nearRepository'] ??= pulled
    facts['registryWorks'] ??= pulled
  }
  return facts
}

interface Pulled {
  readonly image: string
  readonly by: string
  readonly at?: string
}

/** Everything that was pulled as far as the snapshot knows: by containers with an image id, and by events. */
function pulledImages(index: ClusterIndex, except: Pod): Pulled[] {
  const known = cache.get(index)
  const pulled = known ?? pulledIn(index)
  if (known === undefined) cache.set(index, pulled)
  return pulled.filter(({ by }) => by !== `Pod/${except.metadata?.name}`)
}
const cache = new WeakMap<ClusterIndex, Pulled[]>()

function pulledIn(index: ClusterIndex): Pulled[] {
  const pulled: Pulled[] = []
  for (const pod of index.pods) {
    const images = new Map((pod.spec?.containers ?? []).map(({ name, image }) => [name, image]))
    const statuses: readonly ContainerStatus[] = pod.status?.containerStatuses ?? []
    for (const { name, imageID, image } of statuses) {
      if (imageID === undefined || imageID === '') continue
      const used = images.get(name) ?? image
      if (used !== undefined) pulled.push({ image: used, by: `Pod/${pod.metadata?.name}` })
    }
  }
  for (const { reason, message, involved, lastAt } of index.events) {
    const image = reason === 'Pulled' ? /^Successfully pulled image "([^"]+)"/.exec(message)?.[1] : undefined
    if (image !== undefined)
      pulled.push({ image, by: `${involved.kind}/${involved.name}`, ...(lastAt !== undefined && { at: lastAt }) })
  }
  return pulled
}

/** Whether two names differ by a slip: one or two letters, or a word more or less in one part of the path. */
function isNear(a: string, b: string): boolean {
  if (a === b || Math.abs(a.length - b.length) > 12) return false
  const [lastA, lastB] = [a.split('/').at(-1), b.split('/').at(-1)]
  return lastA === lastB || editDistance(a.slice(0, 128), b.slice(0, 128)) <= 2
}

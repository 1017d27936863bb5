import type { KubernetesObject, Pod } from '../../shared/kubernetes.ts'
import { objectKey } from './events.ts'
import type { Roots } from './roots.ts'
import { secretValues, trim } from './trim.ts'
import { glance, type Glance } from './trouble.ts'

/** What is remembered of each pod; `text` is the whole of it, for those few that a diagnosis may ask for. */
interface PodRecord {
  readonly key: string
  readonly uid: string
  readonly root: string
  readonly glance: Glance
  readonly node: string | undefined
  readonly restarts: number
  /** The workload's revision that it was made from. */
  readonly revision: string | undefined
  /** When its latest container started, by the cluster's clock. */
  readonly startedAt: number
  text?: string
  secrets?: readonly string[]
}

export interface Pods {
  readonly apply: (pod: Pod) => { readonly record: PodRecord; readonly before: PodRecord | undefined }
  readonly remove: (pod: KubernetesObject) => PodRecord | undefined
  readonly get: (key: string) => PodRecord | undefined
  readonly ofRoot: (root: string) => readonly PodRecord[]
  readonly keptOfRoot: (root: string) => readonly PodRecord[]
  readonly kept: () => Iterable<PodRecord>
  readonly all: () => Iterable<PodRecord>
  readonly size: () => number
}

const keptPerRoot = 3

export interface PodsOptions {
  readonly roots: Roots
  readonly salt: string
  readonly now: () => number
}

export function knownPods({ roots, salt, now }: PodsOptions): Pods {
  const records = new Map<string, PodRecord>()
  const byRoot = new Map<string, Set<string>>()
  const kept = new Map<string, PodRecord>()

  const ofRoot = (root: string) => [...(byRoot.get(root) ?? [])].flatMap((key) => records.get(key) ?? [])
  const keptOfRoot = (root: string) => ofRoot(root).filter(({ text }) => text !== undefined)

  /** At most three of a workload in full: a failing one takes the place of one that is merely starting. */
  function hasRoom(record: PodRecord): boolean {
    const others = keptOfRoot(record.root).filter(({ key }) => key !== record.key)
    if (others.length < keptPerRoot) return true
    if (record.glance.trouble !== 'failing') return false
    const weaker = others.find(({ glance }) => glance.trouble !== 'failing')
    if (weaker === undefined) return false
    drop(weaker)
    return true
  }

  function drop(record: PodRecord): void {
    delete record.text
    delete record.secrets
    kept.delete(record.key)
  }

  return {
    apply: (pod) => {
      const { namespace, name = '', uid = '' } = pod.metadata ?? {}
      const key = objectKey('Pod', namespace, name)
      const before = records.get(key)
      const root = roots.of('Pod', pod)
      const record: PodRecord = {
        key,
        uid: intern(before?.uid, uid),
        root: intern(before?.root, objectKey(root.kind, namespace, root.name)),
        glance: glance(pod, now()),
        node: intern(before?.node, pod.spec?.nodeName),
        revision: intern(before?.revision, revisionOf(pod)),
        ...runs(pod),
      }
      if (before !== undefined && before.root !== record.root) byRoot.get(before.root)?.delete(key)
      records.set(key, record)
      const siblings = byRoot.get(record.root)
      if (siblings === undefined) byRoot.set(record.root, new Set([key]))
      else siblings.add(key)
      kept.delete(key)
      if (record.glance.trouble !== 'none' && hasRoom(record)) {
        record.text = JSON.stringify(trim(pod, 'Pod', salt))
        record.secrets = secretValues(pod)
        kept.set(key, record)
      }
      return { record, before }
    },
    remove: (pod) => {
      const key = objectKey('Pod', pod.metadata?.namespace, pod.metadata?.name ?? '')
      const record = records.get(key)
      if (record === undefined) return undefined
      records.delete(key)
      kept.delete(key)
      const siblings = byRoot.get(record.root)
      siblings?.delete(key)
      if (siblings?.size === 0) byRoot.delete(record.root)
      return record
    },
    get: (key) => records.get(key),
    ofRoot,
    keptOfRoot,
    kept: () => kept.values(),
    all: () => records.values(),
    size: () => records.size,
  }
}

/** Each parsed update brings its own copy of the same text; one is enough. */
const intern = <T extends string | undefined>(known: string | undefined, value: T): T => (known === value ? (known as T) : value)

const revisionOf = ({ metadata }: Pod) =>
  metadata?.labels?.['pod-template-hash'] ?? metadata?.labels?.['controller-revision-hash']

function runs({ status }: Pod): { restarts: number; startedAt: number } {
  let restarts = 0
  let startedAt = 0
  for (const container of status?.containerStatuses ?? []) {
    restarts = Math.max(restarts, container.restartCount ?? 0)
    startedAt = Math.max(startedAt, Date.parse(container.state?.running?.startedAt ?? '') || 0)
  }
  return { restarts, startedAt }
}

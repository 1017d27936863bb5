import type { Evidence } from '../evidence.ts'
import type { Pod } from '../kubernetes.ts'
import type { Observation } from '../observation.ts'
import type { ClusterIndex } from './cluster-index.ts'

/** Objects that fail because the pods behind them do. */
const behindPods = new Set(['Service', 'Ingress', 'HorizontalPodAutoscaler', 'ScaledObject', 'PersistentVolumeClaim', 'Node'])

/**
 * Leaves one observation for each real failure: what several observers saw of one workload becomes one, and what fails only because
 * something deeper does is dropped.
 */
export function settle(index: ClusterIndex, observations: readonly Observation[]): Observation[] {
  const byWorkload = new Map<string, Observation[]>()
  const rest: Observation[] = []
  for (const observation of observations) {
    if (behindPods.has(observation.subject.kind)) rest.push(observation)
    else {
      const key = workloadKey(observation)
      byWorkload.set(key, [...(byWorkload.get(key) ?? []), observation])
    }
  }
  const settled = [...byWorkload.values()].flatMap(oneForEach)
  return [...settled, ...rest.filter((symptom) => !isExplained(index, symptom, [...settled, ...rest]))]
}

const workloadKey = ({ subject: { namespace, workload, kind, name } }: Observation) =>
  JSON.stringify([namespace, workload?.kind ?? kind, workload?.name ?? name])

/** How deep a kind of symptom looks: the deepest gives the observation its name, the others lend it their evidence. */
function depth({ symptom, subject, evidence }: Observation): number {
  if (symptom === 'ProgressDeadlineExceeded' && subject.kind === 'Deployment') return 0
  if (subject.kind === 'Job') return 1
  if (subject.kind === 'CronJob') return 0
  if (subject.kind !== 'Pod') return 3
  if (/^(?:NodeNotReady|Terminating)$/.test(symptom)) return 4
  if (symptom === 'Pending') return 2
  return evidence.some(({ source }) => source === 'node') && symptom === 'NotReady' ? 2 : 3
}

/** Containers that fail stay apart; what is said of the workload as a whole joins the first of them. */
function oneForEach(group: readonly Observation[]): Observation[] {
  if (group.length < 2) return [...group]
  const deepest = Math.max(...group.map(depth))
  const lost = group.find(isOfLostNode)
  const [first, ...others] =
    lost === undefined ? [...group].sort((a, b) => depth(b) - depth(a)) : [lost, ...group.filter((one) => one !== lost)]
  if (first === undefined) return []
  // Two containers that crash, each for its own reason, are two failures.
  const apart =
    lost === undefined
      ? others.filter(
          (other) =>
            depth(other) === deepest &&
            other.subject.kind === 'Pod' &&
            other.subject.container !== undefined &&
            other.subject.container !== first.subject.container &&
            !isRemoval(other) &&
            !isRemoval(first),
        )
      : []
  const joined = others.filter((other) => !apart.includes(other))
  return [joined.reduce(join, first), ...apart]
}

const isRemoval = ({ symptom }: Observation) => /^(?:Evicted|Preempt)/.test(symptom)

/** All that a pod of a lost node shows comes of that. */
const isOfLostNode = ({ subject, evidence }: Observation) =>
  subject.kind === 'Pod' && evidence[0]?.source === 'node' && evidence[0].reason === 'NotReady'

function join(into: Observation, other: Observation): Observation {
  const has = new Set(into.evidence.map(({ source, quote }) => `${source} ${quote}`))
  const more = other.evidence.filter(
    ({ source, quote }) => source !== 'spec' && source !== 'change' && !has.has(`${source} ${quote}`),
  )
  const { container } = other.subject
  const subject =
    into.subject.container === undefined && container !== undefined && into.subject.kind !== 'Pod'
      ? { ...into.subject, container }
      : into.subject
  const pods = [...new Set([...into.pods, ...other.pods])]
  return {
    ...into,
    subject,
    affectedPods: Math.max(into.affectedPods, other.affectedPods, pods.length),
    pods: pods.slice(0, 3),
    evidence: [...into.evidence, ...more.slice(0, 12)],
  }
}

function isExplained(index: ClusterIndex, symptom: Observation, deeper: readonly Observation[]): boolean {
  const { kind, name, namespace } = symptom.subject
  if (kind === 'Service' && deeper.some((other) => isCalled(other, namespace, name))) return true
  const near = deeper.filter((other) => other !== symptom && (other.subject.namespace === namespace || kind === 'Node'))
  switch (kind) {
    case 'Service':
      return symptom.symptom === 'NoEndpoints' && near.some((other) => isBehind(index, other, namespace, name))
    case 'Ingress':
      return (
        !symptom.evidence.some(isOwnFault) &&
        near.some(
          (other) => other.subject.kind === 'Service' && symptom.evidence.some(({ quote }) => quote.includes(other.subject.name)),
        )
      )
    case 'PersistentVolumeClaim':
      return near.some(({ subject, evidence }) => subject.kind !== kind && evidence.some((piece) => namesClaim(piece, name)))
    case 'Node':
      return near.some(({ subject, evidence }) => subject.kind === 'Pod' && evidence.some((piece) => namesNode(piece, name)))
    default:
      return near.some(
        ({ subject }) =>
          subject.kind === 'Pod' &&
          symptom.evidence.some(
            (piece) =>
              piece.source === 'object' && piece.facts['target'] === `${subject.workload?.kind}/${subject.workload?.name}`,
          ),
      )
  }
}

/** A webhook that cannot be called says so for the Service that it is called by. */
const isCalled = ({ subject, evidence }: Observation, namespace: string | undefined, service: string) =>
  subject.kind !== 'Service' && evidence.some(({ quote }) => quote.includes(`://${service}.${namespace ?? 'default'}.svc`))

const isOwnFault = (piece: Evidence) => piece.source === 'object' && piece.reason === 'BackendMissing'

const namesClaim = (piece: Evidence, claim: string) => piece.source === 'object' && piece.facts['claim'] === claim

/** The pod that no node takes waits for this one, or was thrown out of it, for the very reason that the node is in trouble. */
const namesNode = (piece: Evidence, node: string) =>
  (piece.source === 'node' && piece.reason !== undefined && piece.facts['node'] === node) ||
  (piece.source === 'object' && piece.facts['predicate'] === 'pressure' && piece.facts['node'] === node)

/** Whether the other failure is of pods that the Service selects, or of the workload that should make them. */
function isBehind(index: ClusterIndex, other: Observation, namespace: string | undefined, service: string): boolean {
  const selector =
    (index.get('Service', namespace, service)?.spec as { selector?: Readonly<Record<string, string>> } | undefined)?.selector ??
    {}
  const fits = (labels: Readonly<Record<string, string>> = {}) =>
    Object.keys(selector).length > 0 && Object.entries(selector).every(([key, value]) => labels[key] === value)
  const { kind, name, workload } = other.subject
  if (kind === 'Pod' && fits((index.get('Pod', namespace, name) as Pod | undefined)?.metadata?.labels)) return true
  const owner = workload ?? { kind, name }
  const template = (object: unknown) =>
    (object as { template?: { metadata?: { labels?: Record<string, string> } } } | undefined)?.template?.metadata?.labels
  return (
    fits(template(index.get(owner.kind, namespace, owner.name)?.spec)) || fits(template(index.get(kind, namespace, name)?.spec))
  )
}

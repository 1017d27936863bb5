import { closest, distance } from 'fastest-levenshtein'
import type { KubernetesObject } from '../../shared/kubernetes.ts'
import type { Observation } from '../../shared/observation.ts'
import { indexOf } from '../../shared/observe/cluster-index.ts'
import type { Snapshot } from '../../shared/observe/snapshot.ts'
import { CommandError, exitCodes } from '../failure.ts'

/** What the user asked about: a pod by its name, or any object by kind and name. */
export interface Target {
  readonly kind: string
  readonly name: string
}

/** The kinds that can be named, with what kubectl calls them too. */
const kindNames: Readonly<Record<string, readonly string[]>> = {
  Pod: ['pod', 'pods', 'po'],
  Deployment: ['deployment', 'deployments', 'deploy'],
  StatefulSet: ['statefulset', 'statefulsets', 'sts'],
  DaemonSet: ['daemonset', 'daemonsets', 'ds'],
  ReplicaSet: ['replicaset', 'replicasets', 'rs'],
  Job: ['job', 'jobs'],
  CronJob: ['cronjob', 'cronjobs', 'cj'],
  Node: ['node', 'nodes', 'no'],
  PersistentVolumeClaim: ['persistentvolumeclaim', 'persistentvolumeclaims', 'pvc'],
  Service: ['service', 'services', 'svc'],
  Ingress: ['ingress', 'ingresses', 'ing'],
  HorizontalPodAutoscaler: ['horizontalpodautoscaler', 'horizontalpodautoscalers', 'hpa'],
}
const kindOf = new Map(Object.entries(kindNames).flatMap(([kind, names]) => names.map((name) => [name, kind])))

/** Reads `POD` or `KIND/NAME`. */
export function parseTarget(text: string): Target {
  const [first = '', ...rest] = text.split('/')
  if (rest.length === 0) return { kind: 'Pod', name: first }
  const name = rest.join('/')
  if (rest.length > 1 || name === '' || first === '')
    throw new CommandError(`'${text}' is neither POD nor KIND/NAME, such as deploy/checkout`, exitCodes.usage)
  const word = first.toLowerCase().replace(/\..*$/, '') // kubectl prints deployment.apps/checkout
  const kind = kindOf.get(word)
  if (kind === undefined)
    throw new CommandError(`unknown kind '${first}'${suggestion(word, [...kindOf.keys()])}`, exitCodes.usage)
  return { kind, name }
}

/** Keeps what speaks of the target; an error names what is near where the snapshot does not hold it. */
export function aboutTarget(
  observations: readonly Observation[],
  snapshot: Snapshot,
  target: Target,
  namespace: string | undefined,
): Observation[] {
  const index = indexOf(snapshot)
  const inNamespace = ({ metadata }: KubernetesObject) =>
    namespace === undefined || metadata?.namespace === undefined || metadata.namespace === namespace
  const named = ({ kind, name }: Target) =>
    index.all(kind).filter((object) => object.metadata?.name === name && inNamespace(object))
  // People give a workload's name where a pod's is asked for.
  const kinds = target.kind === 'Pod' ? ['Pod', 'Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'] : [target.kind]
  const found = kinds
    .map((kind) => ({ kind, objects: named({ kind, name: target.name }) }))
    .find(({ objects }) => objects.length > 0)
  const wanted = found ?? { kind: target.kind, objects: [] }
  const roots = wanted.objects.map((object) => ({
    namespace: object.metadata?.namespace,
    ...(index.rootOf(object) ?? { kind: wanted.kind, name: target.name }),
  }))
  const about = observations.filter(({ subject, pods }) => {
    if (namespace !== undefined && subject.namespace !== undefined && subject.namespace !== namespace) return false
    if (subject.kind === wanted.kind && subject.name === target.name) return true
    if (wanted.kind === 'Pod' && pods.includes(target.name)) return true
    const owner = subject.workload ?? subject
    return (
      (owner.kind === wanted.kind && owner.name === target.name) ||
      roots.some((root) => root.kind === owner.kind && root.name === owner.name && root.namespace === subject.namespace)
    )
  })
  if (about.length === 0 && found === undefined) {
    const names = kinds.flatMap((kind) =>
      index
        .all(kind)
        .filter(inNamespace)
        .map(({ metadata }) => metadata?.name ?? ''),
    )
    const where = namespace === undefined ? '' : ` in namespace ${namespace}`
    throw new CommandError(`there is no ${target.kind} ${target.name}${where}${suggestion(target.name, names)}`)
  }
  return about
}

/** ", did you mean X?" where something is near enough to be meant. */
export function suggestion(word: string, known: readonly string[]): string {
  if (known.length === 0) return ''
  const near = closest(word, known)
  return distance(word, near) <= Math.max(2, Math.floor(word.length / 3)) ? `, did you mean '${near}'?` : ''
}

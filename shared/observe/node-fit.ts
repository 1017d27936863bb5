import type { Condition, KubernetesObject, Pod } from '../kubernetes.ts'

export interface Taint {
  readonly key?: string
  readonly value?: string
  readonly effect?: string
}

export interface Node extends KubernetesObject {
  readonly spec?: { readonly taints?: readonly Taint[]; readonly unschedulable?: boolean }
  readonly status?: {
    readonly conditions?: readonly Condition[]
    readonly allocatable?: Readonly<Record<string, string | number>>
    readonly capacity?: Readonly<Record<string, string | number>>
  }
}

interface Expression {
  readonly key?: string
  readonly operator?: string
  readonly values?: readonly string[]
}

interface NodeAffinity {
  readonly nodeAffinity?: {
    readonly requiredDuringSchedulingIgnoredDuringExecution?: {
      readonly nodeSelectorTerms?: readonly NodeSelectorTerm[]
    }
  }
}

export interface NodeSelectorTerm {
  readonly matchExpressions?: readonly Expression[]
  readonly matchFields?: readonly Expression[]
}

/** The taints of a node that keep the pod away from it; the one that a cordon sets is left to `isCordoned`. */
export function untolerated(pod: Pod, node: Node): readonly Taint[] {
  return (node.spec?.taints ?? []).filter(
    ({ key, value = '', effect }) =>
      effect !== 'PreferNoSchedule' &&
      key !== 'node.kubernetes.io/unschedulable' &&
      !(pod.spec?.tolerations ?? []).some(
        (toleration) =>
          (toleration.effect === undefined || toleration.effect === '' || toleration.effect === effect) &&
          (toleration.operator === 'Exists'
            ? toleration.key === undefined || toleration.key === '' || toleration.key === key
            : toleration.key === key && (toleration.value ?? '') === value),
      ),
  )
}

export const isCordoned = ({ spec }: Node): boolean =>
  spec?.unschedulable === true || spec?.taints?.some(({ key }) => key === 'node.kubernetes.io/unschedulable') === true

/** Whether the node has what the pod's node selector and its required node affinity ask for. */
export function matchesSelector({ spec }: Pod, node: Node): boolean {
  const labels = node.metadata?.labels ?? {}
  if (!Object.entries(spec?.nodeSelector ?? {}).every(([key, value]) => labels[key] === value)) return false
  const terms = requiredTerms(spec?.affinity)
  return terms.length === 0 || terms.some((term) => matchesTerm(term, node))
}

/** The alternatives of the pod's required node affinity. */
export const requiredTerms = (affinity: unknown): readonly NodeSelectorTerm[] =>
  (affinity as NodeAffinity | undefined)?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []

/** Whether the node meets every expression of a term. */
function matchesTerm({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, node: Node): boolean {
  const { labels = {}, name = '' } = node.metadata ?? {}
  return (
    matchExpressions.every((expression) => meets(expression, labels[expression.key ?? ''])) &&
    matchFields.every((expression) => meets(expression, name))
  )
}

function meets({ operator = 'In', values = [] }: Expression, label: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return label !== undefined && values.includes(label)
    case 'NotIn':
      return label === undefined || !values.includes(label)
    case 'Exists':
      return label !== undefined
    case 'DoesNotExist':
      return label === undefined
    case 'Gt':
      return Number(label) > Number(values[0])
    case 'Lt':
      return Number(label) < Number(values[0])
    default:
      return true
  }
}

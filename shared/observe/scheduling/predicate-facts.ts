import type { Pod } from '../../kubernetes.ts'
import { formatQuantity, parseQuantity } from '../../quantity.ts'
import { matchesSelector, requiredTerms, untolerated, type Node } from '../node-fit.ts'
import type { Predicate } from './predicate.ts'

/** What the pod asks for and what the nodes have of it. */
export function factsOf({ kind, detail }: Predicate, pod: Pod, nodes: readonly Node[]): Record<string, string> {
  const suited = nodes.filter((node) => matchesSelector(pod, node) && untolerated(pod, node).length === 0)
  switch (kind) {
    case 'cpu':
    case 'memory':
    case 'resource':
      return resourceFacts(pod, suited, kind === 'resource' ? (detail ?? '') : kind)
    case 'selector':
      return selectorFacts(pod, nodes)
    case 'pods':
      return {
        ...(suited[0] && { largest: `${suited[0].metadata?.name} takes ${suited[0].status?.allocatable?.['pods'] ?? '?'} pods` }),
      }
    case 'port': {
      const ports = (pod.spec?.containers ?? []).flatMap(({ ports: all = [] }) => all.flatMap(({ hostPort }) => hostPort ?? []))
      return ports.length === 0 ? {} : { ports: ports.join(', ') }
    }
    case 'pressure': {
      const pressed = nodes.find((node) => matchesSelector(pod, node) && node.spec?.taints?.some(({ key }) => key === detail))
      return pressed?.metadata?.name === undefined ? {} : { node: pressed.metadata.name }
    }
    case 'cordoned': {
      const cordoned = nodes
        .filter((node) => node.spec?.unschedulable === true && matchesSelector(pod, node))
        .flatMap(({ metadata }) => metadata?.name ?? [])
      return cordoned.length === 0 ? {} : { cordoned: cordoned.join(' ') }
    }
    case 'taint': {
      const tainted = nodes.find(
        (node) => matchesSelector(pod, node) && untolerated(pod, node).some(({ key }) => detail?.startsWith(key ?? '?')),
      )
      const effect = tainted && untolerated(pod, tainted)[0]?.effect
      return {
        ...(tainted?.metadata?.name !== undefined && { node: tainted.metadata.name }),
        ...(effect !== undefined && { effect }),
      }
    }
    default:
      return {}
  }
}

function resourceFacts(pod: Pod, nodes: readonly Node[], resource: string): Record<string, string> {
  const requested = (pod.spec?.containers ?? []).reduce(
    (sum, { resources }) => sum + (parseQuantity(resources?.requests?.[resource] ?? resources?.limits?.[resource]) ?? 0),
    0,
  )
  const best = nodes
    .map(({ metadata, status }) => ({ name: metadata?.name ?? '', has: parseQuantity(status?.allocatable?.[resource]) ?? 0 }))
    .sort((a, b) => b.has - a.has)[0]
  return {
    resource,
    ...(requested > 0 && { requested: formatQuantity(requested, resource) }),
    ...(best !== undefined && {
      largest: best.name,
      offers: formatQuantity(best.has, resource),
      ...(requested > best.has && { never: 'yes' }),
    }),
  }
}

function selectorFacts(pod: Pod, nodes: readonly Node[]): Record<string, string> {
  const wanted = [
    ...Object.entries(pod.spec?.nodeSelector ?? {}).map(([key, value]) => ({
      key,
      values: [value] as readonly string[],
      operator: 'In',
      text: `${key}=${value}`,
    })),
    ...requiredTerms(pod.spec?.affinity).flatMap(({ matchExpressions = [] }) =>
      matchExpressions.map(({ key = '', operator = 'In', values = [] }) => ({
        key,
        values,
        operator,
        text: `${key} ${operator} (${values.join(', ')})`,
      })),
    ),
  ]
  if (wanted.length === 0) return {}
  const valuesOf = (key: string) => [...new Set(nodes.flatMap(({ metadata }) => metadata?.labels?.[key] ?? []))]
  const lacking = wanted.filter(({ key, values, operator }) => {
    const there = valuesOf(key)
    return operator === 'In' ? !values.some((value) => there.includes(value)) : operator === 'Exists' && there.length === 0
  })
  // Where each is met by some node, no node meets all of them.
  const unmet = lacking.length > 0 ? lacking : wanted
  const has = unmet.flatMap(({ key }) => {
    const values = valuesOf(key)
    if (values.length > 0) return [`the nodes have ${key}=${values.slice(0, 6).join(', ')}`]
    return nodes.length > 0 ? [`no node has the label ${key}`] : []
  })
  return {
    selector: wanted.map(({ text }) => text).join(', '),
    ...(lacking.length > 0 && nodes.length > 0 && { unmet: lacking.map(({ text }) => text).join(', ') }),
    ...(has.length > 0 && { offered: has.join('; ') }),
  }
}

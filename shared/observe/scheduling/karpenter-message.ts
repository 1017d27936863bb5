import { parseQuantity } from '../../quantity.ts'
import type { Predicate } from './predicate.ts'

/** Whether it is Karpenter that says why it makes no node for a pod, and not the scheduler. */
export const isOfKarpenter = (message: string): boolean =>
  /incompatible with (?:nodepool|provisioner)|\bdid not tolerate |no instance type (?:which|satisfied|has|met)|instance types exceed limits/.test(
    message,
  )

/** What keeps each of Karpenter's pools from making a node for the pod: one reason a pool. */
export const readKarpenter = (message: string): Predicate[] =>
  message.split(/; (?=incompatible with|did not tolerate)/).flatMap(reasonOf)

function reasonOf(text: string): Predicate[] {
  const of = (kind: Predicate['kind'], detail?: string): Predicate[] => [
    { kind, nodes: undefined, text, ...(detail !== undefined && { detail }) },
  ]
  const taint = /did not tolerate (?:taint )?\(?(?:taint=)?([^\s:;()]+)/.exec(text)?.[1]
  if (taint !== undefined) return of('taint', taint.replace(/=$/, ''))
  if (/topology (?:spread )?constraint|anti-affinity/.test(text)) return of('affinity')
  const label = /incompatible requirements, (?:label|key) "?([\w./-]+)/.exec(text)?.[1]
  if (label !== undefined || /incompatible requirements/.test(text)) return of('selector', label)
  const wanted = /(?:satisfied resources |resources=)(\{[^}]{1,400}\})/.exec(text)?.[1]
  if (wanted !== undefined) return ofResources(wanted, of)
  // The limits of a pool count CPU before all else.
  if (/instance types exceed limits/.test(text)) return of('cpu')
  return /incompatible with/.test(text) ? of('other') : []
}

/** Karpenter does not say which resource was too much: a special one is, else the one that is large for the other. */
function ofResources(wanted: string, of: (kind: Predicate['kind'], detail?: string) => Predicate[]): Predicate[] {
  const amounts = [...wanted.matchAll(/"([^"]+)":"([^"]+)"/g)].map(([, name = '', amount = '']) => ({ name, amount }))
  const special = amounts.find(({ name }) => !/^(?:cpu|memory|pods)$/.test(name))
  if (special !== undefined) return of('resource', special.name)
  const amountOf = (name: string) => parseQuantity(amounts.find((one) => one.name === name)?.amount) ?? 0
  const usualMemory = 4 * 2 ** 30
  return amountOf('memory') > amountOf('cpu') * usualMemory ? of('memory') : of('cpu')
}

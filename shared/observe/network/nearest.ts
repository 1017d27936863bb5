import type { Pod } from '../../kubernetes.ts'
import { similarTo } from '../similar-name.ts'

/** The pod that has most of the labels, and what it has instead of the others. */
export function nearest(pods: readonly Pod[], selector: Readonly<Record<string, string>>): string | undefined {
  const entries = Object.entries(selector)
  const scored = pods
    .map((pod) => ({
      pod,
      score: entries.filter(([key, value]) => pod.metadata?.labels?.[key] === value).length,
      alike: entries.filter(
        ([key, value]) => pod.metadata?.labels?.[key] !== undefined && similarTo(value, [pod.metadata.labels[key]]) !== undefined,
      ).length,
    }))
    .filter(({ score, alike }) => score + alike > 0)
    .sort((a, b) => b.score - a.score || b.alike - a.alike)[0]
  if (scored === undefined) return undefined
  const differ = entries
    .filter(([key, value]) => scored.pod.metadata?.labels?.[key] !== value)
    .map(([key]) => `${key}=${scored.pod.metadata?.labels?.[key] ?? '(absent)'}`)
  return differ.length === 0 ? undefined : `pod ${scored.pod.metadata?.name} has ${differ.join(', ')}`
}

import type { EvidenceOf } from '../evidence.ts'
import type { Condition, KubernetesObject, Pod } from '../kubernetes.ts'
import type { ClusterIndex } from './cluster-index.ts'
import { utc } from './cluster-event.ts'

interface Node extends KubernetesObject {
  readonly status?: {
    readonly conditions?: readonly Condition[]
    readonly nodeInfo?: {
      readonly architecture?: string
      readonly operatingSystem?: string
      readonly containerRuntimeVersion?: string
      readonly kubeletVersion?: string
    }
  }
}

/** What the node of a pod is, and which of its conditions are not as they should be. */
export function nodeEvidence(index: ClusterIndex, pod: Pod): EvidenceOf<'node'>[] {
  const name = pod.spec?.nodeName
  const node = name === undefined ? undefined : (index.get('Node', undefined, name) as Node | undefined)
  if (name === undefined || node === undefined) return []
  const { architecture, operatingSystem, containerRuntimeVersion, kubeletVersion } = node.status?.nodeInfo ?? {}
  const facts: Record<string, string> = { node: name }
  if (architecture !== undefined) facts['architecture'] = architecture
  if (operatingSystem !== undefined) facts['system'] = operatingSystem
  if (containerRuntimeVersion !== undefined) facts['runtime'] = containerRuntimeVersion
  if (kubeletVersion !== undefined) facts['kubelet'] = kubeletVersion
  const object = { kind: 'Node', name }
  const about: EvidenceOf<'node'> = { source: 'node', quote: Object.values(facts).join(', '), object, facts }
  const wrong = (node.status?.conditions ?? []).filter(({ type, status }) =>
    type === 'Ready' ? status !== 'True' : status === 'True',
  )
  return [
    ...wrong.map(({ type, status, reason, message, lastTransitionTime }): EvidenceOf<'node'> => {
      const at = utc(lastTransitionTime)
      return {
        source: 'node',
        quote: `${type} is ${status}${message === undefined ? '' : `: ${message}`}`,
        reason: type === 'Ready' ? 'NotReady' : type,
        object,
        facts: { node: name, ...(reason !== undefined && { conditionReason: reason }) },
        ...(at !== undefined && { at }),
      }
    }),
    about,
  ]
}

import { anyOf } from '../../causes/any-of.ts'
import { isOfKarpenter, readKarpenter } from './karpenter-message.ts'
import type { Predicate, PredicateKind, Verdict } from './predicate.ts'

/** The kinds by their wordings, those of the oldest schedulers included; the first that fits holds. */
const wordings: readonly (readonly [PredicateKind, RegExp])[] = [
  [
    'claim-missing',
    /persistentvolumeclaims? "?(?<detail>[^"\s]+)"? not found|persistentvolumeclaim "?(?<lost>[^"\s]+)"? is being deleted/i,
  ],
  ['class-missing', /storageclass(?:\.storage\.k8s\.io)? "?(?<detail>[^"\s]+)"? not found|unable to find storage ?class/i],
  ['claim-unbound', /persistentvolumeclaim "(?<detail>[^"]+)" bound to non-existent persistentvolume/i],
  [
    'claim-unbound',
    anyOf(
      [
        /unbound (?:immediate )?PersistentVolumeClaims?|unbound PVC/,
        /PersistentVolumeClaim is not bound(?:: "(?<detail>[^"]+)")?/,
        /didn't find available persistent volumes? to bind|CheckVolumeBinding|VolumeBindingNoMatch/,
        /did not have enough free storage|NodeNotEnoughStorage/,
        /unavailable due to one or more pvc|bound to non-existent persistentvolumes?/,
        /waiting for a volume to be created/,
      ],
      'i',
    ),
  ],
  [
    'volume-zone',
    /volume node affinity conflict|PersistentVolume's node affinity|no available volume zone|NoVolumeZoneConflict|VolumeNodeAffinityConflict/i,
  ],
  [
    'volume-limit',
    /max volume count|MaxVolumeCount|MaxCSIVolumeCount|MaxEBSVolumeCount|MaxGCEPDVolumeCount|MaxAzureDiskVolumeCount/i,
  ],
  ['volume-in-use', /NoDiskConflict|no available disk|disk conflict|ReadWriteOncePod access mode already in-use/i],
  ['no-nodes', /no nodes available to schedule pods|no nodes? (?:are )?(?:registered|exist)/i],
  ['cordoned', /unschedulable(?!:)|CheckNodeUnschedulable|NodeUnschedulable/],
  [
    'not-ready',
    anyOf(
      [
        /were not ready|node(?:\(s\))? (?:is|are) not ready|NotReady|CheckNodeCondition/,
        /out of disk|NodeOutOfDisk|unavailable network|NodeNetworkUnavailable/,
      ],
      'i',
    ),
  ],
  ['taint', /\btaints?\b|taint\(s\)|PodToleratesNodeTaints|TaintToleration/i],
  ['pressure', /(?:memory|disk|pid)[ -]?pressure|CheckNode(?:Memory|Disk|PID)Pressure/i],
  ['port', /free ports?|PodFitsHostPorts|PodFitsPorts|NodePorts|host ?port/i],
  [
    'affinity',
    anyOf(
      [/pod (?:anti-)?affinity|anti-?affinity|MatchInterPodAffinity|InterPodAffinity/, /topology spread|PodTopologySpread/],
      'i',
    ),
  ],
  [
    'selector',
    anyOf(
      [
        /node selector|node affinity|affinity\/selector|MatchNodeSelector|NodeAffinity/,
        /didn't match (?:the )?(?:requested )?(?:node ?name|hostname)|PodFitsHost\b|HostName|NodeName/,
      ],
      'i',
    ),
  ],
  ['pods', /too many pods|Insufficient pods|\bInsufficient Pod(?:Count|s)\b|PodCount|maxPods/i],
  ['cpu', /Insufficient cpu|InsufficientFreeCPU|insufficient CPU|\bCPU\b.*(?:limit|exceeded)|PodExceedsFreeCPU/i],
  ['memory', /Insufficient memory|InsufficientFreeMemory|PodExceedsFreeMemory/i],
  [
    'resource',
    /Insufficient (?<detail>[\w./-]+)|cannot allocate all claims|resourceclaim|InsufficientResource|PodFitsResources|\bGPU\b/i,
  ],
]

/** Takes a scheduler's message apart, whichever of its wordings since 1.2 it is in; what it says of preemption is left out. */
export function readVerdict(message: string): Verdict {
  const text = message
    .replace(/\s+/g, ' ')
    .replace(/[.,]? preemption: .*$/i, '')
    .replace(/(?:\bno new claims to deallocate|\. not found)[., ]*$/i, '')
  if (isOfKarpenter(text)) return { total: undefined, predicates: merge(readKarpenter(text)) }
  const total = /\b0\/(\d+) nodes? (?:are|is) available|all (\d+) nodes? are unavailable|\bout of (\d+) nodes/i.exec(text)
  const count = total?.[1] ?? total?.[2] ?? total?.[3]
  return { total: count === undefined ? undefined : Number(count), predicates: partsOf(text) }
}

function partsOf(text: string): Predicate[] {
  const [head = '', ...tail] = text.split(
    / nodes? (?:are|is) available(?: that match all of the (?:following )?predicates)?: ?|are unavailable: ?|predicates: ?/i,
  )
  const body = tail.length === 0 ? head : tail.join(' ')
  const found = [...fitFailures(body), ...counted(body), ...old(body)]
  if (found.length > 0) return merge(found)
  return merge(body.split(/,(?![^{]*\})|\n|; /).flatMap((part) => kindOf(part.trim(), undefined)))
}

/** `3 node(s) had untolerated taint {dedicated: gpu}, 2 Insufficient cpu`. */
function counted(body: string): Predicate[] {
  return body.split(/(?:^|, |\. |,)(?=\d+ [^\d])/).flatMap((part) => {
    const match = /^(\d+) (.+?)[.,]?$/.exec(part.trim())
    return match?.[1] === undefined || match[2] === undefined ? [] : kindOf(match[2], Number(match[1]))
  })
}

/** `Insufficient cpu (2), PodToleratesNodeTaints (3)`. */
function old(body: string): Predicate[] {
  return [...body.matchAll(/([A-Za-z][\w ./'-]{2,80}?) \((\d+)\)/g)].flatMap(([, text = '', nodes]) =>
    kindOf(text, Number(nodes)),
  )
}

/** `fit failure on node (node-1): Insufficient CPU`, one for each node. */
function fitFailures(body: string): Predicate[] {
  return [...body.matchAll(/fit failure (?:on|in) node \([^)]*\): ([^\n]{1,120}?)(?= fit failure|$|\n)/g)].flatMap(
    ([, text = '']) => kindOf(text, 1),
  )
}

function kindOf(text: string, nodes: number | undefined): Predicate[] {
  for (const [kind, wording] of wordings) {
    const match = wording.exec(text)
    if (match === null) continue
    const detail = kind === 'taint' ? taintOf(text) : (match.groups?.['detail'] ?? match.groups?.['lost'])
    return [{ kind, nodes, text, ...(detail !== undefined && { detail }) }]
  }
  return nodes === undefined ? [] : [{ kind: 'other', nodes, text }]
}

/** `{node-role.kubernetes.io/control-plane: }` becomes `node-role.kubernetes.io/control-plane`. */
function taintOf(text: string): string | undefined {
  const match = /\{([^:}\s]+)(?::\s*([^}]*))?\}/.exec(text)
  if (match?.[1] === undefined) return undefined
  const value = match[2]?.trim() ?? ''
  return value === '' ? match[1] : `${match[1]}=${value}`
}

function merge(predicates: readonly Predicate[]): Predicate[] {
  const merged = new Map<string, Predicate>()
  for (const predicate of predicates) {
    const key = `${predicate.kind} ${predicate.detail ?? ''}`
    const known = merged.get(key)
    merged.set(
      key,
      known === undefined ? predicate : { ...known, nodes: (known.nodes ?? 0) + (predicate.nodes ?? 0) || undefined },
    )
  }
  return [...merged.values()]
}

import type { KubernetesObject } from '../../shared/kubernetes.ts'
import { objectKey } from './events.ts'

export interface Named {
  readonly kind: string
  readonly name: string
}

export interface Roots {
  readonly learn: (kind: string, object: KubernetesObject) => void
  readonly forget: (kind: string, object: KubernetesObject) => void
  /** The workload at the root of an object's owners; the object itself where it has none. */
  readonly of: (kind: string, object: KubernetesObject) => Named
  readonly ofName: (kind: string, namespace: string | undefined, name: string) => Named
  readonly ownerOf: (kind: string, namespace: string | undefined, name: string) => Named | undefined
}

/**
 * Knows who owns whom. A ReplicaSet whose name is its Deployment's and a hash needs no entry, and most are so: a cluster keeps ten of
 * them for each Deployment.
 */
export function knownRoots(): Roots {
  const owners = new Map<string, Named>()

  function ownerOf(kind: string, namespace: string | undefined, name: string): Named | undefined {
    const known = owners.get(objectKey(kind, namespace, name))
    if (known !== undefined) return known
    const hash = kind === 'ReplicaSet' ? /-([bcdfghjklmnpqrstvwxz2456789]{6,10})$/.exec(name) : null
    return hash === null ? undefined : { kind: 'Deployment', name: name.slice(0, hash.index) }
  }

  function climb(start: Named, namespace: string | undefined): Named {
    let root = start
    for (let depth = 0; depth < 8; depth++) {
      const above = ownerOf(root.kind, namespace, root.name)
      if (above === undefined || (above.kind === root.kind && above.name === root.name)) break
      root = above
    }
    return root
  }

  return {
    ownerOf,
    learn: (kind, object) => {
      const { namespace, name = '' } = object.metadata ?? {}
      const key = objectKey(kind, namespace, name)
      const owner = controllerOf(object)
      const derived = kind === 'ReplicaSet' ? ownerOf(kind, namespace, name) : undefined
      if (owner === undefined || (derived?.kind === owner.kind && derived.name === owner.name && !owners.has(key))) {
        owners.delete(key)
        // A ReplicaSet without owner whose name looks like a Deployment's is its own root.
        if (owner === undefined && derived !== undefined) owners.set(key, { kind, name })
        return
      }
      owners.set(key, owner)
    },
    forget: (kind, object) => {
      owners.delete(objectKey(kind, object.metadata?.namespace, object.metadata?.name ?? ''))
    },
    of: (kind, object) => {
      const owner = controllerOf(object)
      return owner === undefined ? { kind, name: object.metadata?.name ?? '' } : climb(owner, object.metadata?.namespace)
    },
    ofName: (kind, namespace, name) => climb({ kind, name }, namespace),
  }
}

export function controllerOf({ metadata }: KubernetesObject): Named | undefined {
  const owner = metadata?.ownerReferences?.find(({ controller }) => controller) ?? metadata?.ownerReferences?.[0]
  return owner && { kind: owner.kind, name: owner.name }
}

/** An image reference taken apart. */
export interface ImageReference {
  /** docker.io, where the reference names none. */
  readonly registry: string
  /** With the `library/` that Docker Hub puts before official images. */
  readonly repository: string
  readonly tag: string | undefined
  readonly digest: string | undefined
  /** Whether the reference itself names the registry. */
  readonly qualified: boolean
}

/**
 * Takes an image reference apart as the container runtimes do; undefined for what is none.
 *
 * @example parseImageReference('nginx:1.27') // { registry: 'docker.io', repository: 'library/nginx', tag: '1.27', ... }
 */
export function parseImageReference(image: string): ImageReference | undefined {
  const [named = '', digest] = image.split('@', 2)
  const colon = named.lastIndexOf(':')
  const hasTag = colon > named.lastIndexOf('/')
  const name = hasTag ? named.slice(0, colon) : named
  const tag = hasTag ? named.slice(colon + 1) : undefined
  if (tag !== undefined && !/^\w[\w.-]{0,127}$/.test(tag)) return undefined
  if (digest !== undefined && !/^[a-z0-9+.-]+:[0-9a-f]{32,128}$/.test(digest)) return undefined
  const slash = name.indexOf('/')
  const host = slash < 0 ? '' : name.slice(0, slash)
  const qualified = host.includes('.') || host.includes(':') || host === 'localhost'
  const path = qualified ? name.slice(slash + 1) : name
  if (!/^[a-z0-9]+(?:(?:[._/]|__|-+)[a-z0-9]+)*$/.test(path)) return undefined
  const registry = qualified ? (hubNames.get(host) ?? host) : 'docker.io'
  const repository = registry === 'docker.io' && !path.includes('/') ? `library/${path}` : path
  return { registry, repository, tag: tag ?? (digest === undefined ? 'latest' : undefined), digest, qualified }
}

const hubNames = new Map([
  ['index.docker.io', 'docker.io'],
  ['registry-1.docker.io', 'docker.io'],
  ['registry.hub.docker.com', 'docker.io'],
])

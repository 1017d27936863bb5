/**
 * Leaves out fields that are null, which in Kubernetes means the same as absent; what has none is given back as it is.
 *
 * @example withoutNulls({ endpoints: null, kind: 'EndpointSlice' }) // { kind: 'EndpointSlice' }
 */
export function withoutNulls<T>(value: T): T {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) {
    const kept = value.filter((item) => item !== null).map((item: unknown) => withoutNulls(item))
    const same = kept.length === value.length && kept.every((item, at) => item === value[at])
    // An array of the same items is of the same type.
    return same ? value : (kept as T)
  }
  let changed = false
  const kept: Record<string, unknown> = {}
  for (const [field, inner] of Object.entries(value)) {
    const clean: unknown = withoutNulls(inner)
    if (clean !== inner || inner === null) changed = true
    if (clean !== null) kept[field] = clean
  }
  // Fields that may be null may be absent: the types of Kubernetes objects say so of all of theirs.
  return changed ? (kept as T) : value
}

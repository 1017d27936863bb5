import { editDistance } from '../edit-distance.ts'

/** The name nearest to the one that was not found, near enough to be a slip of the pen; undefined where none is. */
export function similarTo(name: string, names: readonly string[]): string | undefined {
  let best: string | undefined
  let least = Math.max(2, Math.floor(name.length / 3)) + 1
  for (const other of names) {
    if (other === name || other === '') continue
    const contained = other.length > 2 && name.length > 2 && (other.startsWith(name) || name.startsWith(other))
    const distance = contained ? Math.min(2, Math.abs(other.length - name.length)) : editDistance(name, other)
    if (distance < least) {
      least = distance
      best = other
    }
  }
  return best
}

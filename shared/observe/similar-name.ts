/** The name nearest to the one that was not found, near enough to be a slip of the pen; undefined where none is. */
export function similarTo(name: string, names: readonly string[]): string | undefined {
  let best: string | undefined
  let least = Math.max(2, Math.floor(name.length / 3)) + 1
  for (const other of names) {
    if (other === name || other === '') continue
    const contained = other.length > 2 && name.length > 2 && (other.startsWith(name) || name.startsWith(other))
    const distance = contained ? Math.min(2, Math.abs(other.length - name.length)) : distanceOf(name, other)
    if (distance < least) {
      least = distance
      best = other
    }
  }
  return best
}

function distanceOf(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1)
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1))
    }
    previous = current
  }
  return previous[b.length] ?? b.length
}

import type { Case } from '../cause.ts'

/** The file that is spoken of. */
export const fileOf = ({ facts, quote }: Case): string | undefined =>
  facts['file'] ?? /['"`\s:=([](\/(?!\/)[\w.@+-]{1,80}(?:\/[\w.@+-]{1,100}){1,12})/.exec(quote)?.[1]

/** The mount that covers a path, and what its volume holds. */
export function mountOf(given: Case): string {
  const file = fileOf(given)
  if (file === undefined || !file.startsWith('/') || given.spec === undefined) return ''
  const mounts = given.spec.mounts.filter(({ path }) => file === path || file.startsWith(`${path.replace(/\/$/, '')}/`))
  const mount = mounts.sort((a, b) => b.path.length - a.path.length)[0]
  if (mount === undefined) return ` No volume is mounted there: the path belongs to the image.`
  const held = given.spec.facts[`volume:${mount.volume}`]
  return ` The path lies in volume ${mount.volume}${held === undefined ? '' : ` (${held})`}, mounted at ${mount.path}${mount.readOnly ? ' read-only' : ''}.`
}

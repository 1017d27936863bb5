import { createHash } from 'node:crypto'
import type { Evidence } from '../../shared/evidence.ts'
import type { Observation } from '../../shared/observation.ts'
import { normalise } from '../normalise.ts'

/**
 * Equal for observations that say the same: the evidence that carries a diagnosis, without counts, times and ids. A container that
 * crashes again is no news; one that crashes for another reason is.
 */
export function fingerprintOf({ evidence, changes }: Observation): string {
  const signs = new Set(evidence.filter(isCarrying).map(signOf))
  for (const { path, before, after } of changes) signs.add(`change:${path}:${before ?? ''}:${after ?? ''}`)
  return createHash('sha256')
    .update([...signs].sort().join('\n'))
    .digest('hex')
    .slice(0, 16)
}

/** What a container is doing at this moment of its crash loop, and the back-off's own words, alternate without meaning anything. */
const isCarrying = (piece: Evidence): boolean => {
  if (piece.source === 'spec' || piece.source === 'change') return false
  if (piece.source === 'status') return piece.state !== 'running' && !backOffWords.test(piece.quote)
  return piece.source !== 'event' || (piece.type === 'Warning' && !backOffWords.test(piece.quote))
}
const backOffWords =
  /^(?:CrashLoopBackOff|ImagePullBackOff|ErrImagePull)?:? ?(?:back-off|Back-off)\b|^Back-off|^Error: ImagePullBackOff|^Error: ErrImagePull/

function signOf(piece: Evidence): string {
  const container = piece.container ?? ''
  switch (piece.source) {
    case 'status': {
      // The same end of a container is first its state and then its last state.
      const quote = normalise(
        piece.quote.replace(/^(?:ErrImagePull|ImagePullBackOff): (?:Back-off pulling image "[^"]*": )?(?:ErrImagePull: )?/, ''),
      )
      return `status:${container}:${quote}`
    }
    case 'event':
      return `event:${container}:${piece.reason}:${normalise(piece.quote)}`
    case 'log':
      return `log:${container}:${normalise(piece.quote)}`
    default:
      return `${piece.source}:${normalise(piece.quote)}`
  }
}

/** An id of its own for an observation whose evidence differs from one that had the same id. */
export const deriveId = (id: string, mark: string): string =>
  `obs_${createHash('sha256').update(`${id}|${mark}`).digest('hex').slice(0, 24)}`

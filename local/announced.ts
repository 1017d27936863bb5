import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { IncidentChanged } from '../shared/events.ts'

const most = 5_000

/**
 * Remembers on disk which changes were announced here: the functions announce a change again when its fact is delivered again, since
 * they cannot know whether the first announcement arrived.
 */
export function openAnnounced(path: string): { readonly isNew: (changed: IncidentChanged) => boolean } {
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(-most) : []
  const known = new Set(lines)
  writeFileSync(path, lines.join('\n'))
  return {
    isNew: ({ change, incident }) => {
      const { at } = incident.timeline.findLast((entry) => entry.change === change) ?? { at: incident.changedAt }
      const key = `${incident.id} ${change} ${incident.cause} ${at}`
      if (known.has(key)) return false
      known.add(key)
      appendFileSync(path, `${key}\n`)
      return true
    },
  }
}

import * as z from 'zod'
import type { Incident } from './incident.ts'

/** The fields of an incident that a silence may match. */
export const silenceFields = ['cluster', 'namespace', 'kind', 'workload', 'container', 'cause', 'family', 'severity'] as const

const matcher = z.object({
  field: z.enum(silenceFields),
  /** The value itself; `*` stands for any text. */
  value: z.string().min(1).max(253),
})

/** Keeps messages about matching incidents back for a time; the incidents themselves stay visible. */
export const silence = z.object({
  id: z.string(),
  matchers: z.array(matcher).min(1).max(10),
  by: z.string().min(1).max(200),
  comment: z.string().min(1).max(2000),
  createdAt: z.iso.datetime(),
  startsAt: z.iso.datetime(),
  endsAt: z.iso.datetime(),
})
export type Silence = z.infer<typeof silence>

/** What a caller gives to make a silence. */
export const silenceRequest = silence
  .pick({ matchers: true, by: true, comment: true, endsAt: true })
  .extend({ startsAt: z.iso.datetime().optional() })

/** Finds the silence that keeps an incident's messages back now. */
export const silencing = (incident: Incident, silences: readonly Silence[], now: string): Silence | undefined =>
  silences.find(
    ({ matchers, startsAt, endsAt }) =>
      startsAt <= now && now < endsAt && matchers.every(({ field, value }) => matches(value, valueOf(incident, field))),
  )

function valueOf({ cluster, namespace, subject, cause, family, severity }: Incident, field: (typeof silenceFields)[number]) {
  const { workload, kind, name, container } = subject
  const owner = workload ?? { kind, name }
  return { cluster, namespace, kind: owner.kind, workload: owner.name, container, cause, family, severity }[field]
}

/** Walks the pieces between the stars from left to right, which takes linear time whatever the pattern. */
function matches(pattern: string, value: string | undefined): boolean {
  if (value === undefined) return false
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return value === pattern
  if (!value.startsWith(first)) return false
  let from = first.length
  for (const piece of rest) {
    const found = value.indexOf(piece, from)
    if (found === -1) return false
    from = found + piece.length
  }
  return value.length - last.length >= from && value.endsWith(last)
}

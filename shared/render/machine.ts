import type { Notification } from '../notification.ts'
import { summaryOf } from '../summary.ts'

const mostInFull = 10
const mostListed = 100
const largest = 100_000

/** A message as plain data, for programs that subscribe. */
export function renderMachine(notification: Notification): object {
  const { failing, resolved, ...rest } = notification
  const whole = {
    schema: 1,
    ...rest,
    counts: { failing: failing.length, resolved: resolved.length },
    failing: failing.slice(0, mostListed).map((incident, i) => ({
      ...summaryOf(incident),
      ...(i < mostInFull && {
        explanation: incident.diagnosis.explanation,
        evidence: incident.diagnosis.evidence.slice(0, 5),
        changes: incident.diagnosis.changes.slice(0, 10),
        remedies: incident.diagnosis.remedies,
      }),
    })),
    resolved: resolved.slice(0, mostListed).map(summaryOf),
  }
  if (JSON.stringify(whole).length <= largest) return whole
  return { ...whole, failing: failing.slice(0, mostListed).map(summaryOf) }
}

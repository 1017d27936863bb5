import type { Severity } from './diagnosis.ts'
import type { Incident } from './incident.ts'

export type NotificationChange = 'opened' | 'escalated' | 'reminder' | 'resolved'

/** One message to people: what fails, what has recovered, and why it is told now. */
export interface Notification {
  /** The same for the same message sent twice. */
  readonly id: string
  readonly groupKey: string
  readonly change: NotificationChange
  readonly reason: string
  readonly at: string
  readonly cluster: string
  readonly cause: string
  readonly family: string
  readonly title: string
  readonly severity: Severity
  readonly factor: string
  /** The worst first. */
  readonly failing: readonly Incident[]
  readonly resolved: readonly Incident[]
  /** Where the page can be found, for links. */
  readonly page?: string
}

/** The incident that stands for the message: the worst failing one, or else the last that recovered. */
export const leadOf = ({ failing, resolved }: Notification): Incident => {
  const lead = failing[0] ?? resolved[0]
  if (lead === undefined) throw new Error('a notification is about at least one incident')
  return lead
}

/** Names an incident's workload as people do. */
export function workloadNameOf({ subject, namespace }: Pick<Incident, 'subject' | 'namespace'>): string {
  const { kind, name } = subject.workload ?? subject
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`
}

import { leadOf, workloadNameOf, type Notification } from '../notification.ts'
import { shorten } from './words.ts'

/** SNS takes subjects of less than 100 ASCII characters without line breaks. */
const longest = 99

const states: Record<Notification['change'], string> = {
  opened: 'Failing',
  escalated: 'Worse',
  reminder: 'Still failing',
  resolved: 'Resolved',
}

/** The subject of a message: workload, cluster and cause; where all does not fit, the names are cut and the cause stays. */
export function renderSubject(notification: Notification): string {
  const { cluster, cause, change, failing, resolved } = notification
  const count = Math.max(failing.length, failing.length === 0 ? resolved.length : 0)
  const lead = leadOf(notification)
  const who = count > 1 ? `${count} workloads` : lead.subject.kind === 'Cluster' ? 'Cluster' : workloadNameOf(lead)
  const start = `${states[change]}: `
  const end = `: ${cause}`
  const place = ` in ${cluster}`
  const room = longest - start.length - end.length
  const clusterPart = shorten(place, Math.max(16, Math.floor(room / 2)), '..')
  const whoPart = shorten(who, Math.max(10, room - Math.min(place.length, clusterPart.length)), '..')
  return `${start}${whoPart}${clusterPart}${end}`.replace(/[^\u0020-\u007e]/g, '?').slice(0, longest)
}

import type { Diagnosis } from '../../shared/diagnosis.ts'
import { indexOf } from '../../shared/observe/cluster-index.ts'
import type { Snapshot } from '../../shared/observe/snapshot.ts'

const workloadKinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob']

/** Counts the workloads of a snapshot: those that stand in it, and those that only their pods tell of. */
export function countWorkloads(snapshot: Snapshot): number {
  const index = indexOf(snapshot)
  const workloads = new Set<string>()
  const add = (namespace: string | undefined, kind: string, name: string) => workloads.add(`${namespace ?? ''}/${kind}/${name}`)
  for (const kind of workloadKinds) {
    for (const object of index.all(kind)) {
      const root = index.rootOf(object) ?? { kind, name: object.metadata?.name ?? '' }
      add(object.metadata?.namespace, root.kind, root.name)
    }
  }
  for (const pod of index.pods) {
    const root = index.rootOf(pod) ?? { kind: 'Pod', name: pod.metadata?.name ?? '' }
    add(pod.metadata?.namespace, root.kind, root.name)
  }
  return workloads.size
}

/** "3 failures in 12 workloads", or that nothing is failing. */
export function summaryOf(diagnoses: readonly Diagnosis[], workloads: number): string {
  const notes = diagnoses.filter(({ severity }) => severity === 'info').length
  const failures = diagnoses.length - notes
  const beside = notes === 0 ? '' : `, ${count(notes, 'note')} beside`
  const among = workloads === 0 ? '' : ` in ${count(workloads, 'workload')}`
  return failures === 0 ? `nothing is failing${among}${beside}` : `${count(failures, 'failure')}${among}${beside}`
}

const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`

import { expect, it } from '@jest/globals'
import { readVerdict } from '../../../../shared/observe/scheduling/scheduler-message.ts'

const pool = (reason: string) => `incompatible with nodepool "default", daemonset overhead={"cpu":"200m","pods":"5"}, ${reason}`

const reasons: readonly (readonly [string, string, string | undefined])[] = [
  ['did not tolerate taint (taint=team=data:NoSchedule)', 'taint', 'team=data'],
  ['did not tolerate arch=arm64:NoSchedule', 'taint', 'arch=arm64'],
  ['incompatible requirements, label "nodegroup" does not have known values', 'selector', 'nodegroup'],
  ['incompatible requirements, key topology.kubernetes.io/zone, In [a] not in In [b]', 'selector', 'topology.kubernetes.io/zone'],
  ['no instance type satisfied resources {"cpu":"64","memory":"8Gi","pods":"6"} and requirements x In [y]', 'cpu', undefined],
  ['no instance type which had enough resources, resources={"cpu":"1","memory":"900Gi","pods":"6"}', 'memory', undefined],
  ['no instance type which had enough resources, resources={"cpu":"1","nvidia.com/gpu":"1"}', 'resource', 'nvidia.com/gpu'],
  ['all available instance types exceed limits for nodepool: "default"', 'cpu', undefined],
  ['unsatisfiable topology constraint for pod anti-affinity, key=kubernetes.io/hostname', 'affinity', undefined],
]

it.each(reasons)('reads in what Karpenter says of a pool: %s', (reason, kind, detail) => {
  const { predicates } = readVerdict(`Failed to schedule pod, ${pool(reason)}`)
  expect(predicates.map((one) => [one.kind, one.detail])).toEqual([[kind, detail]])
})

it('reads one reason for each pool', () => {
  const { predicates } = readVerdict(`Failed to schedule pod, ${reasons.map(([reason]) => pool(reason)).join('; ')}`)
  expect(new Set(predicates.map(({ kind }) => kind))).toEqual(
    new Set(['taint', 'selector', 'cpu', 'memory', 'resource', 'affinity']),
  )
})

import { describe, expect, it } from '@jest/globals'
import { diagnose } from '../../../shared/diagnose.ts'
import type { KubernetesObject } from '../../../shared/kubernetes.ts'
import { observe } from '../../../shared/observe/observe.ts'
import { nearMisses } from './beyond-near-misses.ts'
import {
  ago,
  claim,
  clusterObject,
  diagnosesOf,
  event,
  ingress,
  object,
  pending,
  ready,
  refused,
  service,
} from './beyond-the-container.ts'
import { wins } from './beyond-wins.ts'

it.each(wins)('finds %s and nothing else', (code, objects) => {
  const diagnoses = diagnosesOf(...objects)
  expect(diagnoses.map(({ cause }) => cause)).toEqual([code])
  expect(diagnoses[0]?.explanation).not.toMatch(/undefined|NaN|\[object/)
  expect(diagnoses[0]?.explanation.length).toBeGreaterThan(60)
  expect(diagnoses[0]?.remedies.some(({ command }) => command !== undefined)).toBe(true)
  expect(JSON.stringify(diagnoses[0]?.remedies)).not.toMatch(/undefined|NaN|\[object/)
})

it.each(nearMisses)('does not take for %s what is %s', (not, code, objects) => {
  const causes = diagnosesOf(...objects).map(({ cause }) => cause)
  expect(causes).toEqual([code])
  expect(causes).not.toContain(not)
})

const well: readonly (readonly [string, readonly KubernetesObject[]])[] = [
  [
    'a pod that waited and has a node now',
    [ready(), event('Pod/web-6d4cf56db6-aaaaa', 'FailedScheduling', '0/1 nodes are available: 1 Insufficient cpu.', 31)],
  ],
  [
    'a pod for which the autoscaler has just ordered a node',
    [
      pending('0/3 nodes are available: 3 Insufficient cpu.'),
      event('Pod/web-6d4cf56db6-x2x7k', 'TriggeredScaleUp', 'pod triggered scale-up', 0.3, 'Normal'),
    ],
  ],
  [
    'a pod with a scheduling gate',
    [
      object('Pod', 'web', {
        spec: { containers: [{ name: 'web' }] },
        status: { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] },
      }),
    ],
  ],
  [
    'a suspended CronJob',
    [object('CronJob', 'tick', { spec: { suspend: true, schedule: '* * * * *' }, status: { lastScheduleTime: ago(90) } })],
  ],
  [
    'a Job whose second try succeeded',
    [object('Job', 'import', { status: { failed: 1, succeeded: 1, conditions: [{ type: 'Complete', status: 'True' }] } })],
  ],
  [
    'a ReplicaSet that got its pods after all',
    [
      object('ReplicaSet', 'web-6d4cf56db6', { spec: { replicas: 1 }, status: { replicas: 1 } }),
      ...refused('Error creating: pods "web-1" is forbidden: exceeded quota: team'),
    ],
  ],
  [
    'a rollout that goes on',
    [
      object('Deployment', 'web', {
        spec: { replicas: 2 },
        status: { conditions: [{ type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated' }] },
      }),
    ],
  ],
  ['a Service without selector', [service({ ports: [{ port: 80 }] }), ready()]],
  ['a Service that names somebody outside', [service({ type: 'ExternalName', externalName: 'mail.test' })]],
  [
    'a claim that waits for its first pod',
    [
      claim({ storageClassName: 'late' }),
      event(
        'PersistentVolumeClaim/data',
        'WaitForFirstConsumer',
        'waiting for first consumer to be created before binding',
        5,
        'Normal',
      ),
    ],
  ],
  [
    'a node that was short of memory and is well again',
    [
      clusterObject('Node', 'node-1', { status: { conditions: [{ type: 'Ready', status: 'True' }] } }),
      event('Node/node-1', 'NodeHasInsufficientMemory', 'short', 20),
      event('Node/node-1', 'NodeHasSufficientMemory', 'well', 10, 'Normal'),
    ],
  ],
  [
    'an Ingress whose backend is there',
    [service({ selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }] }), ready(), ingress('web')],
  ],
]

it.each(well)('says nothing of %s', (_, objects) => {
  expect(diagnosesOf(...objects)).toEqual([])
})

it('tells the pods that wait for a claim, and not the claim beside them', () => {
  const volumes = [{ name: 'd', persistentVolumeClaim: { claimName: 'data' } }]
  const diagnoses = diagnosesOf(
    pending('pod has unbound immediate PersistentVolumeClaims', { volumes }),
    claim({ storageClassName: 'fast' }),
    event('PersistentVolumeClaim/data', 'ProvisioningFailed', 'storageclass.storage.k8s.io "fast" not found'),
  )
  expect(diagnoses.map(({ cause, subject }) => [cause, subject.workload?.name])).toEqual([['StorageClassNotFound', 'web']])
})

it('tells the workload that went down with its node, and not the node beside it', () => {
  const node = clusterObject('Node', 'node-1', {
    status: {
      conditions: [
        { type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' },
      ],
    },
  })
  const pod = ready()
  const down = { ...pod, status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }] } }
  const diagnoses = diagnosesOf(node, down, service({ selector: { app: 'web' }, ports: [{ port: 80 }] }))
  expect(diagnoses.map(({ cause, subject }) => [cause, subject.workload?.name])).toEqual([['NodeNotReady', 'web']])
})

it('names the claim of a similar name, where the one that is asked for does not exist', () => {
  const [first] = diagnosesOf(
    pending('persistentvolumeclaim "ledger" not found', {
      volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'ledger' } }],
    }),
    object('PersistentVolumeClaim', 'ledger-store', { status: { phase: 'Bound' } }),
  )
  expect(first?.explanation).toContain('ledger-store')
})

describe('a pod that an autoscaler sees to', () => {
  const waits = pending('0/3 nodes are available: 3 Insufficient cpu.')
  const about = 'Pod/web-6d4cf56db6-x2x7k'

  it('is worth a note and no alarm while the ordered node is on its way', () => {
    const [diagnosis] = diagnosesOf(waits, event(about, 'TriggeredScaleUp', 'pod triggered scale-up', 2, 'Normal'))
    expect(diagnosis).toMatchObject({ cause: 'InsufficientCpu', severity: 'info' })
    expect(diagnosis?.explanation).toContain('has ordered a node')
  })

  it('is an alarm when the node has not come after ten minutes, and one that is not taken for the note', () => {
    const ordered = (minutes: number) => event(about, 'TriggeredScaleUp', 'pod triggered scale-up', minutes, 'Normal')
    const [note, alarm] = [ordered(2), ordered(12)].map(
      (order) => observe({ objects: [waits, order], logs: [] }, { cluster: 'test', now: ago(0) })[0],
    )
    expect(alarm && diagnose(alarm).severity).toBe('critical')
    expect(alarm?.id).not.toBe(note?.id)
  })

  it('is told that the node groups are as large as they may be', () => {
    const said = "pod didn't trigger scale-up: 2 node(s) didn't match Pod's node affinity/selector, 3 max node group size reached"
    const [diagnosis] = diagnosesOf(waits, event(about, 'NotTriggerScaleUp', said, 2, 'Normal'))
    expect(diagnosis?.severity).toBe('critical')
    expect(diagnosis?.explanation).toContain('reached their maximum size')
    expect(diagnosis?.remedies.map(({ command }) => command).join()).toContain('cluster-autoscaler-status')
  })

  it('is told what the scheduler says of the nodes, and beside it what Karpenter says of its pools', () => {
    const said =
      'Failed to schedule pod, incompatible with nodepool "default", daemonset overhead={"cpu":"200m"}, no instance type satisfied resources {"cpu":"64","memory":"1Gi","pods":"6"} and requirements karpenter.sh/nodepool In [default]'
    const [diagnosis] = diagnosesOf(waits, event(about, 'FailedScheduling', said, 1))
    expect(diagnosis).toMatchObject({ cause: 'InsufficientCpu', confidence: 'certain' })
    expect(diagnosis?.explanation).toContain('Karpenter makes no node for it either')
  })
})

it('names the volume that a lost claim was bound to', () => {
  const [diagnosis] = diagnosesOf(
    pending('0/4 nodes are available: persistentvolumeclaim "data" bound to non-existent persistentvolume "pvc-9".'),
  )
  expect(diagnosis?.cause).toBe('PvcUnbound')
  expect(diagnosis?.explanation).toContain('Claim data was bound to the volume pvc-9 that no longer exists')
})

it('names the pod that took the place, and not its uid', () => {
  const uid = '5a0c5a6b-6d2f-4f55-9f5c-7c5e3b1f4f5d'
  const other = object(
    'Pod',
    'ledger-0',
    { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } },
    { uid },
  )
  const [diagnosis] = diagnosesOf(other, event('Pod/low-0', 'Preempted', `Preempted by pod ${uid} on node node-1`, 2, 'Normal'))
  expect(diagnosis?.cause).toBe('Preempted')
  expect(diagnosis?.explanation).toContain('(shop/ledger-0)')
})

it('does not take the time-out in the address of a webhook for what went wrong', () => {
  const called = 'Post "https://policy.guard.svc:443/validate?timeout=10s"'
  const [refusedCall, late] = ['x509: certificate has expired', 'context deadline exceeded'].map(
    (error) =>
      diagnosesOf(
        ...refused(`Error creating: Internal error occurred: failed calling webhook "guard.test": ${called}: ${error}`),
      )[0],
  )
  expect(refusedCall?.explanation).toContain('its certificate is not accepted')
  expect(JSON.stringify(refusedCall?.remedies)).not.toContain('private clusters')
  expect(late?.explanation).toContain('does not answer in time')
})

it('changes no Job in place', () => {
  const [diagnosis] = diagnosesOf(
    object(
      'Pod',
      'import-x2x7k',
      {
        spec: { nodeName: 'node-1', containers: [{ name: 'app' }] },
        status: { phase: 'Failed', reason: 'Evicted', message: 'Usage of EmptyDir volume "tmp" exceeds the limit "1Gi".' },
      },
      { ownerReferences: [{ kind: 'Job', name: 'import', controller: true }] },
    ),
  )
  expect(JSON.stringify(diagnosis?.remedies)).not.toContain('kubectl edit')
  expect(diagnosis?.remedies.at(-1)?.command).toBe('kubectl wait --for=condition=complete job/import -n shop --timeout=10m')
})

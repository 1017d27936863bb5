import { describe, expect, it } from '@jest/globals'
import type { KubernetesObject } from '../../../shared/kubernetes.ts'
import { observe } from '../../../shared/observe/observe.ts'
import { ago, claim, clusterObject, diagnosesOf, event, object, pending, service } from '../causes/beyond-the-container.ts'

interface Named {
  readonly pod: string
  readonly owner?: { readonly kind: string; readonly name: string }
  readonly labels?: Readonly<Record<string, string>>
  readonly containers?: readonly string[]
}

/** A pod whose containers end over and over. */
function crashing({ pod, owner, labels = {}, containers = ['app'] }: Named, reason = 'Error', exitCode = 1): KubernetesObject {
  return object(
    'Pod',
    pod,
    {
      spec: { nodeName: 'node-1', containers: containers.map((name) => ({ name, image: 'app:1' })) },
      status: {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: 'False' }],
        containerStatuses: containers.map((name) => ({
          name,
          ready: false,
          restartCount: 6,
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: { exitCode, reason, startedAt: ago(4), finishedAt: ago(3) } },
        })),
      },
    },
    { labels, ...(owner && { ownerReferences: [{ ...owner, controller: true }] }) },
  )
}

const lostNode = clusterObject('Node', 'node-1', {
  status: {
    conditions: [
      { type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' },
    ],
  },
})
const set = (name: string) => ({ kind: 'StatefulSet', name })
const told = (...objects: readonly KubernetesObject[]) =>
  diagnosesOf(...objects)
    .map(({ cause, subject }) => `${cause} of ${(subject.workload ?? subject).kind}/${(subject.workload ?? subject).name}`)
    .sort()

describe('a symptom beside its cause', () => {
  it('leaves out the Service whose pods crash', () => {
    const labels = { app: 'web' }
    const selecting = service({ selector: labels, ports: [{ port: 80 }] })
    expect(told(selecting, crashing({ pod: 'web-0', owner: set('web'), labels }, 'OOMKilled', 137))).toEqual([
      'ContainerOutOfMemory of StatefulSet/web',
    ])
  })

  it('keeps the Service that selects none of the pods that crash', () => {
    const selecting = service({ selector: { app: 'shop' }, ports: [{ port: 80 }] })
    expect(told(selecting, crashing({ pod: 'db-0', owner: set('db'), labels: { app: 'db' } }, 'OOMKilled', 137))).toEqual([
      'ContainerOutOfMemory of StatefulSet/db',
      'ServiceWithoutEndpoints of Service/web',
    ])
  })

  it('names why the pod of a Job ended, and not only that its retries are used up', () => {
    const job = object('Job', 'import', {
      spec: { backoffLimit: 0, template: { spec: { containers: [{ name: 'app' }] } } },
      status: { failed: 1, conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' }] },
    })
    const pod = object(
      'Pod',
      'import-x2x7k',
      {
        spec: { nodeName: 'node-1', restartPolicy: 'Never', containers: [{ name: 'app', image: 'app:1' }] },
        status: {
          phase: 'Failed',
          containerStatuses: [
            {
              name: 'app',
              ready: false,
              restartCount: 0,
              state: { terminated: { exitCode: 137, reason: 'OOMKilled', startedAt: ago(4), finishedAt: ago(3) } },
            },
          ],
        },
      },
      { ownerReferences: [{ kind: 'Job', name: 'import', controller: true }] },
    )
    expect(told(job, pod)).toEqual(['ContainerOutOfMemory of Job/import'])
  })

  it('tells of each workload that lost its pods with a node, and neither of the node nor of what the pods show', () => {
    const lost = (name: string) => crashing({ pod: `${name}-0`, owner: set(name) })
    expect(told(lostNode, lost('db'), lost('web'))).toEqual(['NodeNotReady of StatefulSet/db', 'NodeNotReady of StatefulSet/web'])
  })

  it('tells of the lost node itself where no pod was on it', () => {
    expect(told(lostNode)).toEqual(['NodeNotReady of Node/node-1'])
  })

  it('names what the pods of a stalled rollout show', () => {
    const deployment = object('Deployment', 'web', {
      spec: { replicas: 1 },
      status: { conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }] },
    })
    const diagnoses = diagnosesOf(deployment, pending('0/3 nodes are available: 3 Insufficient memory.'))
    expect(diagnoses.map(({ cause }) => cause)).toEqual(['InsufficientMemory'])
    expect(diagnoses[0]?.evidence.map(({ quote }) => quote)).toContain('Progressing: ProgressDeadlineExceeded')
  })

  it('takes the reason of a claim for the pod that waits for it, and tells a claim that nobody uses by itself', () => {
    const provisioning = event('PersistentVolumeClaim/data', 'ProvisioningFailed', 'storageclass.storage.k8s.io "fast" not found')
    const volumes = [{ name: 'd', persistentVolumeClaim: { claimName: 'data' } }]
    const waits = pending('pod has unbound immediate PersistentVolumeClaims', { volumes })
    expect(told(claim({ storageClassName: 'fast' }), provisioning, waits)).toEqual(['StorageClassNotFound of Deployment/web'])
    expect(told(claim({ storageClassName: 'fast' }), provisioning)).toEqual([
      'StorageClassNotFound of PersistentVolumeClaim/data',
    ])
  })
})

describe('a claim without a volume', () => {
  const volumes = [{ name: 'd', persistentVolumeClaim: { claimName: 'data' } }]
  const waits = (seconds: number) => {
    const pod = pending('pod has unbound immediate PersistentVolumeClaims', { volumes })
    return { ...pod, metadata: { ...pod.metadata, creationTimestamp: ago(seconds / 60) } }
  }
  const young = (seconds: number) => {
    const made = claim()
    return { ...made, metadata: { ...made.metadata, creationTimestamp: ago(seconds / 60) } }
  }
  const volume = (phase: string) =>
    clusterObject('PersistentVolume', 'disk', { spec: { claimRef: { namespace: 'shop', name: 'data' } }, status: { phase } })

  it('is given ten seconds, and a minute while a free volume is reserved for it', () => {
    expect(told(young(8), waits(8))).toEqual([])
    expect(told(young(12), waits(12))).toEqual(['PvcUnbound of Deployment/web'])
    expect(told(young(12), waits(12), volume('Available'))).toEqual([])
    expect(told(young(70), waits(70), volume('Available'))).toEqual(['PvcUnbound of Deployment/web'])
  })

  it('is told at once where the provisioner has refused it', () => {
    const refused = event('PersistentVolumeClaim/data', 'ProvisioningFailed', 'storageclass.storage.k8s.io "fast" not found', 0)
    expect(told(young(5), waits(5), refused)).toEqual(['StorageClassNotFound of Deployment/web'])
  })
})

describe('failures that have nothing to do with each other', () => {
  it('stay apart when two workloads fail in the same way', () => {
    expect(told(crashing({ pod: 'a-0', owner: set('a') }), crashing({ pod: 'b-0', owner: set('b') }))).toEqual([
      'UnexplainedExit of StatefulSet/a',
      'UnexplainedExit of StatefulSet/b',
    ])
  })

  it('stay apart when two containers of one pod crash', () => {
    const diagnoses = diagnosesOf(crashing({ pod: 'a-0', owner: set('a'), containers: ['app', 'proxy'] }))
    expect(new Set(diagnoses.map(({ subject }) => subject.container))).toEqual(new Set(['app', 'proxy']))
  })

  it('become one when several pods of a workload show the same', () => {
    const pods = ['a-0', 'a-1', 'a-2', 'a-3'].map((pod) => crashing({ pod, owner: set('a') }))
    const observations = observe({ objects: pods, logs: [] }, { cluster: 'test', now: ago(0) })
    expect(observations.map(({ affectedPods, pods: shown }) => [affectedPods, shown.length])).toEqual([[4, 3]])
  })
})

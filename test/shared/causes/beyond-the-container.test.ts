import { expect, it } from '@jest/globals'
import type { KubernetesObject } from '../../../shared/kubernetes.ts'
import { ago, clusterObject, diagnosesOf, event, object, pending, ready } from './beyond-the-container.ts'

const claim = (spec: object = {}) => object('PersistentVolumeClaim', 'data', { spec, status: { phase: 'Pending' } })
const mounting = (reason: string, message: string) => [
  object(
    'Pod',
    'db-0',
    {
      spec: {
        nodeName: 'node-1',
        containers: [{ name: 'db' }],
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
      },
      status: {
        phase: 'Pending',
        containerStatuses: [{ name: 'db', restartCount: 0, state: { waiting: { reason: 'ContainerCreating' } } }],
      },
    },
    { ownerReferences: [{ kind: 'StatefulSet', name: 'db', controller: true }] },
  ),
  event('Pod/db-0', reason, message),
]
const refused = (message: string) => [event('ReplicaSet/web-6d4cf56db6', 'FailedCreate', message)]
const failedPod = (reason: string, message: string) => [
  object(
    'Pod',
    'db-0',
    { spec: { nodeName: 'node-1', containers: [{ name: 'db' }] }, status: { phase: 'Failed', reason, message } },
    { ownerReferences: [{ kind: 'StatefulSet', name: 'db', controller: true }] },
  ),
]
const job = (reason: string) =>
  object('Job', 'import', {
    spec: { activeDeadlineSeconds: 30, template: { spec: { containers: [{ name: 'import' }] } } },
    status: { failed: 3, conditions: [{ type: 'Failed', status: 'True', reason }] },
  })
const service = (spec: object) => object('Service', 'web', { spec })
const ingress = (backend: string, port = 80) =>
  object('Ingress', 'site', {
    spec: {
      rules: [
        { host: 'shop.test', http: { paths: [{ path: '/', backend: { service: { name: backend, port: { number: port } } } }] } },
      ],
    },
  })

const wins: readonly (readonly [string, readonly KubernetesObject[]])[] = [
  [
    'PvcNotFound',
    [
      pending('persistentvolumeclaim "data" not found', {
        volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'data' } }],
      }),
    ],
  ],
  ['PvcUnbound', [pending('0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.')]],
  [
    'StorageClassNotFound',
    [
      claim({ storageClassName: 'fast' }),
      event('PersistentVolumeClaim/data', 'ProvisioningFailed', 'storageclass.storage.k8s.io "fast" not found'),
    ],
  ],
  [
    'VolumeProvisioningFailed',
    [
      claim({ storageClassName: 'fast' }),
      event(
        'PersistentVolumeClaim/data',
        'ProvisioningFailed',
        'failed to provision volume with StorageClass "fast": rpc error: code = Internal desc = disk quota reached',
      ),
    ],
  ],
  [
    'VolumeMultiAttach',
    mounting('FailedAttachVolume', 'Multi-Attach error for volume "pvc-1" Volume is already used by pod(s) db-1'),
  ],
  [
    'VolumeAttachFailed',
    mounting(
      'FailedAttachVolume',
      'AttachVolume.Attach failed for volume "pvc-1" : rpc error: code = NotFound desc = disk is gone',
    ),
  ],
  ['VolumeMountFailed', mounting('FailedMount', 'MountVolume.SetUp failed for volume "data" : mount failed: exit status 32')],
  ['VolumeNodeAffinityConflict', [pending('0/3 nodes are available: 3 node(s) had volume node affinity conflict.')]],
  ['InsufficientCpu', [pending('0/3 nodes are available: 3 Insufficient cpu.')]],
  ['InsufficientMemory', [pending('0/3 nodes are available: 3 Insufficient memory.')]],
  ['InsufficientPodSlots', [pending('0/3 nodes are available: 3 Too many pods.')]],
  ['InsufficientExtendedResource', [pending('0/3 nodes are available: 3 Insufficient nvidia.com/gpu.')]],
  ['NodeTaintsNotTolerated', [pending('0/3 nodes are available: 3 node(s) had untolerated taint {team: data}.')]],
  ['NodeSelectorMismatch', [pending("0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.")]],
  ['PodAffinityConflict', [pending("0/3 nodes are available: 3 node(s) didn't satisfy existing pods anti-affinity rules.")]],
  ['HostPortConflict', [pending("0/3 nodes are available: 3 node(s) didn't have free ports for the requested pod ports.")]],
  ['NodesUnschedulable', [pending('0/3 nodes are available: 3 node(s) were unschedulable.')]],
  ['EvictedNodePressure', failedPod('Evicted', 'The node was low on resource: memory.')],
  ['EphemeralStorageExceeded', failedPod('Evicted', 'Usage of EmptyDir volume "tmp" exceeds the limit "1Gi".')],
  ['Preempted', failedPod('Preempting', 'Preempted in order to admit critical pod')],
  [
    'NodeNotReady',
    [
      clusterObject('Node', 'node-1', {
        status: {
          conditions: [
            { type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' },
          ],
        },
      }),
    ],
  ],
  [
    'NodeUnderPressure',
    [
      clusterObject('Node', 'node-1', {
        status: {
          conditions: [
            { type: 'Ready', status: 'True' },
            { type: 'DiskPressure', status: 'True', reason: 'KubeletHasDiskPressure' },
          ],
        },
      }),
    ],
  ],
  [
    'QuotaExceeded',
    refused('Error creating: pods "web-1" is forbidden: exceeded quota: team, requested: cpu=2, used: cpu=3, limited: cpu=4'),
  ],
  [
    'LimitRangeViolation',
    refused('Error creating: pods "web-1" is forbidden: maximum memory usage per Container is 1Gi, but limit is 2Gi'),
  ],
  [
    'PodSecurityViolation',
    refused('Error creating: pods "web-1" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true'),
  ],
  [
    'AdmissionWebhookDenied',
    refused('Error creating: admission webhook "validate.kyverno.svc-fail" denied the request: an owner label is required'),
  ],
  [
    'AdmissionWebhookUnavailable',
    refused(
      'Error creating: Internal error occurred: failed calling webhook "inject.istio.io": Post "https://istiod.istio-system.svc:443/inject": connection refused',
    ),
  ],
  [
    'ServiceAccountNotFound',
    refused(
      'Error creating: pods "web-" is forbidden: error looking up service account shop/web: serviceaccount "web" not found',
    ),
  ],
  [
    'InvalidSpec',
    refused(
      'Error creating: Pod "web-1" is invalid: spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit',
    ),
  ],
  ['JobBackoffLimitExceeded', [job('BackoffLimitExceeded')]],
  ['DeadlineExceeded', [job('DeadlineExceeded')]],
  [
    'DeploymentStalled',
    [
      object('Deployment', 'web', {
        spec: { replicas: 2 },
        status: { conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }] },
      }),
    ],
  ],
  [
    'AutoscalerMetricsUnavailable',
    [event('HorizontalPodAutoscaler/web', 'FailedGetResourceMetric', 'unable to fetch metrics from resource metrics API')],
  ],
  ['CronJobMissed', [event('CronJob/tick', 'TooManyMissedTimes', 'too many missed start times')]],
  ['IngressBackendMissing', [service({ ports: [{ port: 80 }] }), ingress('wep')]],
  ['ServiceWithoutEndpoints', [service({ selector: { app: 'wep' }, ports: [{ port: 80 }] }), ready()]],
  [
    'LoadBalancerFailed',
    [
      object('Service', 'edge', { spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } }),
      event('Service/edge', 'SyncLoadBalancerFailed', 'no suitable subnets found'),
    ],
  ],
]

it.each(wins)('finds %s and nothing else', (code, objects) => {
  const diagnoses = diagnosesOf(...objects)
  expect(diagnoses.map(({ cause }) => cause)).toEqual([code])
  expect(diagnoses[0]?.explanation).not.toMatch(/undefined|NaN|\[object/)
  expect(diagnoses[0]?.explanation.length).toBeGreaterThan(60)
  expect(diagnoses[0]?.remedies.some(({ command }) => command !== undefined)).toBe(true)
  expect(JSON.stringify(diagnoses[0]?.remedies)).not.toMatch(/undefined|NaN|\[object/)
})

const nearMisses: readonly (readonly [string, string, readonly KubernetesObject[]])[] = [
  ['PvcUnbound', 'PvcNotFound', [pending('0/3 nodes are available: 3 persistentvolumeclaim "data" not found.')]],
  [
    'PvcNotFound',
    'PvcUnbound',
    [pending("0/3 nodes are available: 3 node(s) didn't find available persistent volumes to bind.")],
  ],
  [
    'StorageClassNotFound',
    'VolumeProvisioningFailed',
    [
      claim({ storageClassName: 'fast' }),
      event('PersistentVolumeClaim/data', 'ProvisioningFailed', 'storageclass.storage.k8s.io "fast" not found', 20),
      event(
        'PersistentVolumeClaim/data',
        'ProvisioningFailed',
        'failed to provision volume with StorageClass "fast": rpc error: UnauthorizedOperation',
        3,
      ),
    ],
  ],
  [
    'VolumeAttachFailed',
    'VolumeMultiAttach',
    mounting('FailedAttachVolume', 'AttachVolume.Attach failed: volume is already attached to another node'),
  ],
  [
    'VolumeMountFailed',
    'SecretNotFound',
    mounting('FailedMount', 'MountVolume.SetUp failed for volume "tls" : secret "tls" not found'),
  ],
  [
    'NodeSelectorMismatch',
    'InsufficientCpu',
    [pending("0/9 nodes are available: 2 Insufficient cpu, 7 node(s) didn't match Pod's node affinity/selector.")],
  ],
  [
    'NodeTaintsNotTolerated',
    'InsufficientMemory',
    [
      pending(
        '0/9 nodes are available: 1 Insufficient memory, 8 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }.',
      ),
    ],
  ],
  [
    'EvictedNodePressure',
    'EphemeralStorageExceeded',
    failedPod('Evicted', 'Pod ephemeral local storage usage exceeds the total limit of containers 5Mi.'),
  ],
  [
    'InvalidSpec',
    'AdmissionWebhookDenied',
    refused('Error creating: admission webhook "v.example" denied the request: Pod is invalid: Invalid value: "x"'),
  ],
  [
    'LimitRangeViolation',
    'QuotaExceeded',
    refused('Error creating: pods "web-1" is forbidden: failed quota: team: must specify limits.cpu,limits.memory'),
  ],
  [
    'AdmissionWebhookDenied',
    'AdmissionWebhookUnavailable',
    refused('Error creating: Internal error occurred: failed calling webhook "v.example": context deadline exceeded'),
  ],
]

it.each(nearMisses)('does not take for %s what is %s', (not, code, objects) => {
  const [first] = diagnosesOf(...objects)
  expect(first?.cause).toBe(code)
  expect(first?.cause).not.toBe(not)
})

const well: readonly (readonly [string, readonly KubernetesObject[]])[] = [
  [
    'a pod that waited and has a node now',
    [ready(), event('Pod/web-6d4cf56db6-aaaaa', 'FailedScheduling', '0/1 nodes are available: 1 Insufficient cpu.', 31)],
  ],
  [
    'a pod for which the autoscaler has ordered a node',
    [
      pending('0/3 nodes are available: 3 Insufficient cpu.'),
      event('Pod/web-6d4cf56db6-x2x7k', 'TriggeredScaleUp', 'pod triggered scale-up', 2, 'Normal'),
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
  expect(diagnosesOf(...objects).filter(({ severity }) => severity !== 'info')).toEqual([])
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

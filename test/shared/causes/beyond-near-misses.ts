import type { KubernetesObject } from '../../../shared/kubernetes.ts'
import {
  ago,
  claim,
  event,
  failedPod,
  ingress,
  job,
  mounting,
  object,
  pending,
  ready,
  refused,
  service,
} from './beyond-the-container.ts'

/** What reads like a cause (the first) and is another (the second). */
export const nearMisses: readonly (readonly [string, string, readonly KubernetesObject[]])[] = [
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
  [
    'VolumeProvisioningFailed',
    'StorageClassNotFound',
    [
      claim({ storageClassName: 'fast' }),
      event('PersistentVolumeClaim/data', 'ProvisioningFailed', 'storageclass.storage.k8s.io "fast" not found'),
    ],
  ],
  [
    'VolumeMultiAttach',
    'VolumeAttachFailed',
    mounting('FailedAttachVolume', 'AttachVolume.Attach failed for volume "pvc-1" : the node has its maximum number of disks'),
  ],
  [
    'VolumeNodeAffinityConflict',
    'NodeSelectorMismatch',
    [pending("0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.")],
  ],
  ['InsufficientCpu', 'InsufficientMemory', [pending('0/3 nodes are available: 1 Insufficient cpu, 3 Insufficient memory.')]],
  [
    'InsufficientMemory',
    'NodeTaintsNotTolerated',
    [pending('0/3 nodes are available: 3 node(s) had untolerated taint {node.kubernetes.io/memory-pressure: }.')],
  ],
  [
    'InsufficientPodSlots',
    'QuotaExceeded',
    refused(
      'Error creating: pods "web-1" is forbidden: exceeded quota: team, requested: pods=1, used: pods=10, limited: pods=10',
    ),
  ],
  [
    'InsufficientExtendedResource',
    'DeviceUnavailable',
    failedPod(
      'UnexpectedAdmissionError',
      'Allocate failed due to requested number of devices unavailable for nvidia.com/gpu. Requested: 1, Available: 0, which is unexpected',
    ),
  ],
  [
    'PodAffinityConflict',
    'VolumeNodeAffinityConflict',
    [pending('0/3 nodes are available: 3 node(s) had volume node affinity conflict.')],
  ],
  [
    'HostPortConflict',
    'InsufficientCpu',
    [pending("0/3 nodes are available: 1 node(s) didn't have free ports for the requested pod ports, 2 Insufficient cpu.")],
  ],
  [
    'NodesUnschedulable',
    'InsufficientCpu',
    [pending('0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu.')],
  ],
  [
    'EphemeralStorageExceeded',
    'EvictedNodePressure',
    failedPod(
      'Evicted',
      'The node was low on resource: ephemeral-storage. Container db was using 10Gi, which exceeds its request of 0.',
    ),
  ],
  [
    'Preempted',
    'InsufficientCpu',
    [
      pending(
        '0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.',
      ),
    ],
  ],
  [
    'NodeNotReady',
    'NodeTaintsNotTolerated',
    [pending('0/3 nodes are available: 3 node(s) had untolerated taint {node.kubernetes.io/not-ready: }.')],
  ],
  ['NodeUnderPressure', 'EvictedNodePressure', failedPod('Evicted', 'The node had condition: [DiskPressure].')],
  [
    'QuotaExceeded',
    'VolumeProvisioningFailed',
    [
      claim({ storageClassName: 'fast' }),
      event(
        'PersistentVolumeClaim/data',
        'ProvisioningFailed',
        'failed to provision volume with StorageClass "fast": googleapi: Error 403: Quota SSD_TOTAL_GB exceeded, quotaExceeded',
      ),
    ],
  ],
  [
    'PodSecurityViolation',
    'AdmissionWebhookDenied',
    refused('Error creating: admission webhook "v.example" denied the request: violates our pod security rules: runAsNonRoot'),
  ],
  [
    'AdmissionWebhookUnavailable',
    'AdmissionWebhookDenied',
    refused('Error creating: admission webhook "images.example" denied the request: registry: connection refused'),
  ],
  [
    'ServiceAccountNotFound',
    'PodSecurityViolation',
    refused(
      'Error creating: pods "web-1" is forbidden: unable to validate against any security context constraint: [provider restricted: not usable by user or serviceaccount]',
    ),
  ],
  ['JobBackoffLimitExceeded', 'DeadlineExceeded', [job('DeadlineExceeded')]],
  [
    'DeadlineExceeded',
    'DeploymentStalled',
    [
      object('Deployment', 'web', {
        spec: { replicas: 2 },
        status: { conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }] },
      }),
    ],
  ],
  [
    'DeploymentStalled',
    'QuotaExceeded',
    [
      object('Deployment', 'web', {
        spec: { replicas: 2 },
        status: {
          conditions: [
            { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' },
            {
              type: 'ReplicaFailure',
              status: 'True',
              reason: 'FailedCreate',
              message: 'pods "web-1" is forbidden: exceeded quota: team, requested: cpu=2, used: cpu=3, limited: cpu=4',
            },
          ],
        },
      }),
    ],
  ],
  [
    'AutoscalerMetricsUnavailable',
    'InsufficientCpu',
    [
      pending('0/3 nodes are available: 3 Insufficient cpu.'),
      object('HorizontalPodAutoscaler', 'web', {
        spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' } },
        status: {
          conditions: [
            {
              type: 'ScalingActive',
              status: 'False',
              reason: 'FailedGetResourceMetric',
              message: 'no metrics returned from resource metrics API',
              lastTransitionTime: ago(20),
            },
          ],
        },
      }),
    ],
  ],
  [
    'CronJobMissed',
    'QuotaExceeded',
    [
      event(
        'CronJob/tick',
        'FailedCreate',
        'Error creating job: jobs.batch "tick-1" is forbidden: exceeded quota: team, requested: count/jobs.batch=1, used: count/jobs.batch=5, limited: count/jobs.batch=5',
      ),
    ],
  ],
  [
    'IngressBackendMissing',
    'ServiceWithoutEndpoints',
    [service({ selector: { app: 'wep' }, ports: [{ port: 80 }] }), ready(), ingress('web')],
  ],
  [
    'IngressBackendMissing',
    'LoadBalancerFailed',
    [
      event(
        'Ingress/site',
        'Sync',
        "error running load balancer syncing routine: loadbalancer site does not exist: googleapi: Error 403: Quota 'BACKEND_SERVICES' exceeded",
      ),
    ],
  ],
  [
    'ServiceWithoutEndpoints',
    'InsufficientCpu',
    [service({ selector: { app: 'web' }, ports: [{ port: 80 }] }), pending('0/3 nodes are available: 3 Insufficient cpu.')],
  ],
  [
    'LoadBalancerFailed',
    'ServiceWithoutEndpoints',
    [
      object('Service', 'edge', {
        spec: { type: 'LoadBalancer', selector: { app: 'wep' }, ports: [{ port: 80 }] },
        status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } },
      }),
      ready(),
    ],
  ],
]

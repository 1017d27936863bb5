import type { KubernetesObject } from '../../../shared/kubernetes.ts'
import {
  claim,
  clusterObject,
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

/** For each cause beyond the container the objects that show it. */
export const wins: readonly (readonly [string, readonly KubernetesObject[]])[] = [
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

/** A kind of object that the forwarder reads; `watched` ones are followed, the others are asked for when a symptom wants them. */
export interface ReadKind {
  readonly group: '' | 'apps' | 'batch' | 'autoscaling' | 'networking.k8s.io' | 'discovery.k8s.io' | 'storage.k8s.io' | 'policy'
  readonly version: string
  readonly resource: string
  readonly clusterWide: boolean
  readonly watched: boolean
  /** Of these the metadata is enough. */
  readonly metadataOnly?: boolean
}

const kind = (group: ReadKind['group'], version: string, resource: string, rest: Partial<ReadKind> = {}): ReadKind => ({
  group,
  version,
  resource,
  clusterWide: false,
  watched: true,
  ...rest,
})

/** Everything that is read. The chart's role lists the same resources and no others. Watched ones in the order in which they are listed: owners before what they own. */
export const kinds = {
  Node: kind('', 'v1', 'nodes', { clusterWide: true }),
  Deployment: kind('apps', 'v1', 'deployments'),
  StatefulSet: kind('apps', 'v1', 'statefulsets'),
  DaemonSet: kind('apps', 'v1', 'daemonsets'),
  ReplicaSet: kind('apps', 'v1', 'replicasets', { metadataOnly: true }),
  CronJob: kind('batch', 'v1', 'cronjobs'),
  Job: kind('batch', 'v1', 'jobs'),
  PersistentVolumeClaim: kind('', 'v1', 'persistentvolumeclaims'),
  Service: kind('', 'v1', 'services'),
  EndpointSlice: kind('discovery.k8s.io', 'v1', 'endpointslices'),
  Ingress: kind('networking.k8s.io', 'v1', 'ingresses'),
  HorizontalPodAutoscaler: kind('autoscaling', 'v2', 'horizontalpodautoscalers'),
  Pod: kind('', 'v1', 'pods'),
  Event: kind('', 'v1', 'events'),
  ControllerRevision: kind('apps', 'v1', 'controllerrevisions', { watched: false }),
  ResourceQuota: kind('', 'v1', 'resourcequotas', { watched: false }),
  LimitRange: kind('', 'v1', 'limitranges', { watched: false }),
  ServiceAccount: kind('', 'v1', 'serviceaccounts', { watched: false }),
  PersistentVolume: kind('', 'v1', 'persistentvolumes', { watched: false, clusterWide: true }),
  StorageClass: kind('storage.k8s.io', 'v1', 'storageclasses', { watched: false, clusterWide: true }),
  VolumeAttachment: kind('storage.k8s.io', 'v1', 'volumeattachments', { watched: false, clusterWide: true }),
} as const satisfies Record<string, ReadKind>

export type KnownKind = keyof typeof kinds

export const isKnownKind = (name: string): name is KnownKind => name in kinds

/** The path of a kind's objects: of one namespace, or of all. */
export function pathOf(name: KnownKind, namespace?: string, object?: string): string {
  const { group, version, resource, clusterWide }: ReadKind = kinds[name]
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const inside = namespace === undefined || clusterWide ? '' : `/namespaces/${namespace}`
  return `${root}${inside}/${resource}${object === undefined ? '' : `/${object}`}`
}

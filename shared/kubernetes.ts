/** A Kubernetes object as its JSON says; every field may be missing, since dumps are cut and written by hand. */
export interface KubernetesObject {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata?: ObjectMeta
  readonly spec?: unknown
  readonly status?: unknown
}

export interface ObjectMeta {
  readonly name?: string
  readonly namespace?: string
  readonly uid?: string
  readonly generation?: number
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly ownerReferences?: readonly OwnerReference[]
}

export interface OwnerReference {
  readonly apiVersion?: string
  readonly kind: string
  readonly name: string
  readonly uid?: string
  readonly controller?: boolean
}

export interface Condition {
  readonly type: string
  readonly status?: string
  readonly reason?: string
  readonly message?: string
  readonly lastTransitionTime?: string | null
}

export interface TerminatedState {
  readonly exitCode?: number
  readonly signal?: number
  readonly reason?: string
  readonly message?: string
  readonly startedAt?: string | null
  readonly finishedAt?: string | null
}

export interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string }
  readonly running?: { readonly startedAt?: string | null }
  readonly terminated?: TerminatedState
}

export interface ContainerStatus {
  readonly name?: string
  readonly ready?: boolean
  readonly started?: boolean | null
  readonly restartCount?: number
  readonly image?: string
  readonly imageID?: string
  readonly state?: ContainerState
  readonly lastState?: ContainerState
}

export interface ProbeSpec {
  readonly httpGet?: { readonly path?: string; readonly port?: number | string; readonly scheme?: string; readonly host?: string }
  readonly tcpSocket?: { readonly port?: number | string }
  readonly grpc?: { readonly port?: number; readonly service?: string | null }
  readonly exec?: { readonly command?: readonly string[] }
  readonly initialDelaySeconds?: number
  readonly periodSeconds?: number
  readonly timeoutSeconds?: number
  readonly failureThreshold?: number
}

interface KeyReference {
  readonly name?: string
  readonly key?: string
  readonly optional?: boolean
}

export interface ContainerSpec {
  readonly name?: string
  readonly image?: string
  readonly imagePullPolicy?: string
  readonly command?: readonly string[]
  readonly args?: readonly string[]
  readonly workingDir?: string
  readonly env?: readonly {
    readonly name: string
    readonly value?: string
    readonly valueFrom?: {
      readonly configMapKeyRef?: KeyReference
      readonly secretKeyRef?: KeyReference
      readonly fieldRef?: { readonly fieldPath?: string }
      readonly resourceFieldRef?: { readonly resource?: string }
    }
  }[]
  readonly envFrom?: readonly {
    readonly prefix?: string
    readonly configMapRef?: KeyReference
    readonly secretRef?: KeyReference
  }[]
  readonly ports?: readonly {
    readonly name?: string
    readonly containerPort?: number
    readonly hostPort?: number
    readonly protocol?: string
  }[]
  readonly resources?: {
    readonly requests?: Readonly<Record<string, string | number>>
    readonly limits?: Readonly<Record<string, string | number>>
  }
  readonly volumeMounts?: readonly {
    readonly name?: string
    readonly mountPath?: string
    readonly subPath?: string
    readonly readOnly?: boolean
  }[]
  readonly livenessProbe?: ProbeSpec
  readonly readinessProbe?: ProbeSpec
  readonly startupProbe?: ProbeSpec
  readonly lifecycle?: unknown
  readonly securityContext?: Readonly<Record<string, unknown>>
  readonly restartPolicy?: string
}

export interface PodSpec {
  readonly containers?: readonly ContainerSpec[]
  readonly initContainers?: readonly ContainerSpec[]
  readonly volumes?: readonly (Readonly<Record<string, unknown>> & {
    readonly name?: string
    readonly persistentVolumeClaim?: { readonly claimName?: string }
  })[]
  readonly nodeName?: string
  readonly nodeSelector?: Readonly<Record<string, string>>
  readonly affinity?: unknown
  readonly tolerations?: readonly {
    readonly key?: string
    readonly operator?: string
    readonly value?: string
    readonly effect?: string
  }[]
  readonly restartPolicy?: string
  readonly imagePullSecrets?: readonly { readonly name?: string }[]
  readonly serviceAccountName?: string
  readonly priorityClassName?: string
  readonly runtimeClassName?: string
  readonly enableServiceLinks?: boolean
  readonly securityContext?: Readonly<Record<string, unknown>>
  readonly activeDeadlineSeconds?: number
  readonly terminationGracePeriodSeconds?: number
}

export interface Pod extends KubernetesObject {
  readonly spec?: PodSpec
  readonly status?: {
    readonly phase?: string
    readonly reason?: string
    readonly message?: string
    readonly conditions?: readonly Condition[]
    readonly containerStatuses?: readonly ContainerStatus[]
    readonly initContainerStatuses?: readonly ContainerStatus[]
    readonly nominatedNodeName?: string
    readonly startTime?: string | null
  }
}

import type { EvidenceOf, Probe } from '../evidence.ts'
import { parseImageReference } from '../image-reference.ts'
import type { ContainerSpec, Pod, ProbeSpec } from '../kubernetes.ts'

type SpecEvidence = EvidenceOf<'spec'>

/** What the manifest asks of a container: names of environment variables and where they come from, never their values. */
export function specEvidence(
  pod: Pod,
  spec: ContainerSpec,
  init: boolean,
  facts: Readonly<Record<string, string>>,
): SpecEvidence {
  const { image, imagePullPolicy, command = [], args = [], name = '' } = spec
  return {
    source: 'spec',
    quote: [image === undefined ? '' : `image ${image}`, ...(command.length > 0 ? [`command ${command.join(' ')}`] : [])].join(
      ', ',
    ),
    container: name,
    ...(image !== undefined && { image }),
    ...(imagePullPolicy !== undefined && { imagePullPolicy }),
    imagePullSecrets: (pod.spec?.imagePullSecrets ?? []).flatMap((secret) => secret.name ?? []),
    ...(pod.spec?.serviceAccountName !== undefined && { serviceAccount: pod.spec.serviceAccountName }),
    command: [...command],
    args: [...args],
    env: (spec.env ?? []).map((variable) => ({ name: variable.name, ...fromOf(variable) })),
    envFrom: (spec.envFrom ?? []).flatMap(({ configMapRef, secretRef }) => [
      ...(configMapRef?.name === undefined ? [] : [`ConfigMap/${configMapRef.name}`]),
      ...(secretRef?.name === undefined ? [] : [`Secret/${secretRef.name}`]),
    ]),
    ports: (spec.ports ?? []).flatMap(({ containerPort, name: port }) =>
      containerPort === undefined ? [] : [{ port: containerPort, ...(port !== undefined && { name: port }) }],
    ),
    requests: textOf(spec.resources?.requests),
    limits: textOf(spec.resources?.limits),
    mounts: (spec.volumeMounts ?? []).map(({ name: volume = '', mountPath = '', readOnly, subPath }) => ({
      path: mountPath,
      volume,
      readOnly: readOnly ?? false,
      ...(subPath !== undefined && { subPath }),
    })),
    probes: {
      ...(spec.livenessProbe && { liveness: probeOf(spec.livenessProbe) }),
      ...(spec.readinessProbe && { readiness: probeOf(spec.readinessProbe) }),
      ...(spec.startupProbe && { startup: probeOf(spec.startupProbe) }),
    },
    ...(pod.spec?.restartPolicy !== undefined && { restartPolicy: pod.spec.restartPolicy }),
    init,
    ...(pod.spec?.nodeName !== undefined && { node: pod.spec.nodeName }),
    facts: { ...podFacts(pod), ...imageFacts(image), ...facts },
  }
}

/** What the parts of an image reference are called in the facts of a case. */
function imageFacts(image: string | undefined): Record<string, string> {
  const reference = image === undefined ? undefined : parseImageReference(image)
  if (image === undefined || reference === undefined) return image === undefined ? {} : { image }
  const { registry, repository, tag, digest, qualified } = reference
  return {
    image,
    registry,
    repository,
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest }),
    ...(!qualified && { unqualified: 'true' }),
  }
}

function podFacts({ spec = {} }: Pod): Record<string, string> {
  return {
    ...(spec.enableServiceLinks === false && { serviceLinks: 'false' }),
    ...(spec.runtimeClassName !== undefined && { runtimeClass: spec.runtimeClassName }),
    ...volumeFacts(spec.volumes ?? []),
  }
}

/** Which ConfigMap, Secret or claim a volume holds: `volume:NAME` = `ConfigMap/app`. */
function volumeFacts(volumes: readonly Readonly<Record<string, unknown>>[]): Record<string, string> {
  const facts: Record<string, string> = {}
  for (const volume of volumes) {
    const { name, configMap, secret, persistentVolumeClaim, hostPath } = volume as VolumeFields
    if (name === undefined) continue
    if (configMap?.name !== undefined) facts[`volume:${name}`] = `ConfigMap/${configMap.name}`
    else if (secret?.secretName !== undefined) facts[`volume:${name}`] = `Secret/${secret.secretName}`
    else if (persistentVolumeClaim?.claimName !== undefined)
      facts[`volume:${name}`] = `PersistentVolumeClaim/${persistentVolumeClaim.claimName}`
    else if (hostPath?.path !== undefined) facts[`volume:${name}`] = `hostPath ${hostPath.path}`
  }
  return facts
}

interface VolumeFields {
  readonly name?: string
  readonly configMap?: { readonly name?: string }
  readonly secret?: { readonly secretName?: string }
  readonly persistentVolumeClaim?: { readonly claimName?: string }
  readonly hostPath?: { readonly path?: string }
}

type Variable = NonNullable<ContainerSpec['env']>[number]

function fromOf({ valueFrom }: Variable): { from?: string } {
  const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef } = valueFrom ?? {}
  if (configMapKeyRef) return { from: `ConfigMap/${configMapKeyRef.name ?? ''} key ${configMapKeyRef.key ?? ''}` }
  if (secretKeyRef) return { from: `Secret/${secretKeyRef.name ?? ''} key ${secretKeyRef.key ?? ''}` }
  if (fieldRef?.fieldPath !== undefined) return { from: `field ${fieldRef.fieldPath}` }
  return resourceFieldRef?.resource === undefined ? {} : { from: `resource ${resourceFieldRef.resource}` }
}

const textOf = (quantities: Readonly<Record<string, string | number>> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(quantities).map(([name, quantity]) => [name, String(quantity)]))

/** A probe with the defaults of Kubernetes filled in. */
function probeOf(probe: ProbeSpec): Probe {
  const { httpGet, tcpSocket, grpc, exec } = probe
  const port = httpGet?.port ?? tcpSocket?.port ?? grpc?.port
  return {
    action: httpGet
      ? `GET ${(httpGet.scheme ?? 'HTTP').toLowerCase()}://${httpGet.host ?? ''}:${port}${httpGet.path ?? '/'}`
      : exec
        ? `exec ${(exec.command ?? []).join(' ')}`
        : `${grpc ? 'grpc' : 'tcp'} :${port}`,
    ...(port !== undefined && { port }),
    initialDelaySeconds: probe.initialDelaySeconds ?? 0,
    periodSeconds: probe.periodSeconds ?? 10,
    timeoutSeconds: probe.timeoutSeconds ?? 1,
    failureThreshold: probe.failureThreshold ?? 3,
  }
}

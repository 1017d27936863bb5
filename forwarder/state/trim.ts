import { createHmac } from 'node:crypto'
import type { ContainerSpec, KubernetesObject, ObjectMeta, Pod, PodSpec } from '../../shared/kubernetes.ts'

/** Annotations that are longer are whole manifests, not facts. */
const annotationLimit = 400

/**
 * Cuts an object to what a diagnosis may need: field ownership and copies of the manifest go, and each literal value of an environment
 * variable becomes a mark that tells whether it changed and nothing else, so that values cannot leave even by mistake.
 */
export function trim(object: KubernetesObject, kind: string, salt: string): KubernetesObject {
  const { apiVersion, metadata, spec, status, ...rest } = object
  return {
    ...rest,
    ...(apiVersion !== undefined && { apiVersion }),
    kind,
    ...(metadata !== undefined && { metadata: trimMeta(metadata) }),
    ...(spec !== undefined && { spec: trimSpec(spec, kind, salt) }),
    ...(status !== undefined && { status: kind === 'Node' ? trimNodeStatus(status) : status }),
    ...('data' in rest && kind === 'ControllerRevision' && { data: trimRevision(rest.data, salt) }),
  }
}

function trimMeta(metadata: ObjectMeta): ObjectMeta {
  const { annotations, ...rest } = metadata as ObjectMeta & { managedFields?: unknown; selfLink?: unknown }
  delete rest.managedFields
  delete rest.selfLink
  if (annotations === undefined) return rest
  const kept = Object.entries(annotations).filter(
    ([name, value]) => value.length <= annotationLimit && name !== 'kubectl.kubernetes.io/last-applied-configuration',
  )
  return kept.length === 0 ? rest : { ...rest, annotations: Object.fromEntries(kept) }
}

function trimSpec(spec: unknown, kind: string, salt: string): unknown {
  if (kind === 'Pod') return trimPodSpec(spec as PodSpec, salt)
  if (typeof spec !== 'object' || spec === null) return spec
  if ('template' in spec) return { ...spec, template: trimTemplate(spec.template, salt) }
  if ('jobTemplate' in spec) {
    const { jobTemplate } = spec as { jobTemplate?: { spec?: { template?: unknown } } }
    return {
      ...spec,
      jobTemplate: { ...jobTemplate, spec: { ...jobTemplate?.spec, template: trimTemplate(jobTemplate?.spec?.template, salt) } },
    }
  }
  return spec
}

function trimTemplate(template: unknown, salt: string): unknown {
  const { metadata, spec } = (template ?? {}) as { metadata?: ObjectMeta; spec?: PodSpec }
  return { ...(metadata && { metadata: trimMeta(metadata) }), ...(spec && { spec: trimPodSpec(spec, salt) }) }
}

function trimRevision(revision: unknown, salt: string): unknown {
  const { spec } = (revision ?? {}) as { spec?: { template?: unknown } }
  return spec?.template === undefined ? revision : { spec: { ...spec, template: trimTemplate(spec.template, salt) } }
}

function trimPodSpec(spec: PodSpec, salt: string): PodSpec {
  const strip = (containers: readonly ContainerSpec[] | undefined) =>
    containers?.map((container) => withoutValues(container, salt))
  const containers = strip(spec.containers)
  const initContainers = strip(spec.initContainers)
  return { ...spec, ...(containers && { containers }), ...(initContainers && { initContainers }) }
}

function withoutValues(container: ContainerSpec, salt: string): ContainerSpec {
  if (container.env === undefined) return container
  const env = container.env.map((variable) =>
    variable.value === undefined || variable.value === '' ? variable : { ...variable, value: mark(variable.value, salt) },
  )
  return { ...container, env }
}

/** The salt is random and stays in this process: without it, short values could be guessed from their hash. */
const mark = (value: string, salt: string) => `#${createHmac('sha256', salt).update(value).digest('hex').slice(0, 10)}`

function trimNodeStatus(status: unknown): unknown {
  const { images, volumesInUse, volumesAttached, ...rest } = status as Record<string, unknown>
  void images
  void volumesInUse
  void volumesAttached
  return rest
}

const secretName = /pass|pwd|secret|token|credential|api_?key|private|_key$|^key$|auth|dsn|conn/i

/** Literal values of variables whose names say that they are secret: they are masked wherever logs or messages repeat them. */
export function secretValues({ spec }: Pod): string[] {
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])]
  return containers.flatMap(({ env }) =>
    (env ?? []).flatMap(({ name, value }) => (value !== undefined && value.length >= 6 && secretName.test(name) ? [value] : [])),
  )
}

import type { Evidence } from '../../evidence.ts'
import type { KubernetesObject } from '../../kubernetes.ts'
import type { ClusterIndex } from '../cluster-index.ts'
import { eventEvidence } from '../container-evidence.ts'
import type { Sighting } from '../draft.ts'
import type { Service } from './service.ts'
import type { ObserveOptions } from '../observer.ts'
import { similarTo } from '../similar-name.ts'

interface Backend {
  readonly service?: { readonly name?: string; readonly port?: { readonly name?: string; readonly number?: number } }
  /** The form of extensions/v1beta1 and networking.k8s.io/v1beta1. */
  readonly serviceName?: string
  readonly servicePort?: string | number
  readonly resource?: unknown
}

interface Ingress extends KubernetesObject {
  readonly spec?: {
    readonly ingressClassName?: string
    readonly defaultBackend?: Backend
    readonly backend?: Backend
    readonly rules?: readonly {
      readonly host?: string
      readonly http?: { readonly paths?: readonly { readonly path?: string; readonly backend?: Backend }[] }
    }[]
    readonly tls?: readonly { readonly secretName?: string; readonly hosts?: readonly string[] }[]
  }
}

const ofBackend =
  /^(?:FailedBuildModel|FailedDeployModel|Translate|TranslationError|Sync|SyncError|Rejected|AddedOrUpdatedWithWarning|AddedOrUpdatedWithError|BackendNotFound|ServiceNotFound|FailedReconcile|InvalidIngress|SecretNotFound|CertificateNotFound|GCE|ERROR)$/i

/** Finds Ingresses that name a service, port, class or certificate that does not exist. */
export function observeIngresses(index: ClusterIndex, { now }: ObserveOptions): Sighting[] {
  const known = (index.all('Ingress') as readonly Ingress[]).flatMap((ingress) => sightingOf(index, ingress, now))
  return [...known, ...unknownIngresses(index)]
}

function sightingOf(index: ClusterIndex, ingress: Ingress, now: string): Sighting[] {
  const { namespace, name = '', uid, deletionTimestamp } = ingress.metadata ?? {}
  if (deletionTimestamp !== undefined) return []
  const events = index
    .eventsOf('Ingress', namespace, name, uid)
    .filter(
      ({ type, reason, lastAt }) =>
        type === 'Warning' &&
        ofBackend.test(reason) &&
        (lastAt === undefined || Date.parse(now) - Date.parse(lastAt) < 60 * 60_000),
    )
  const stated = [...missingBackends(index, ingress), ...missingClass(index, ingress), ...routesNothing(ingress)]
  if (stated.length === 0 && events.length === 0) return []
  return [
    {
      object: ingress,
      symptom: events.at(-1)?.reason ?? 'BackendMissing',
      evidence: [
        ...stated,
        ...events
          .toReversed()
          .slice(0, 5)
          .map((event) => eventEvidence(event, ingress)),
      ],
    },
  ]
}

interface Route {
  readonly where: string
  readonly service: string
  readonly port: string | undefined
}

function routesOf({ spec }: Ingress): Route[] {
  const read = (backend: Backend | undefined, where: string): Route[] => {
    const service = backend?.service?.name ?? backend?.serviceName
    if (service === undefined || service === '') return []
    const port = backend?.service?.port?.name ?? backend?.service?.port?.number ?? backend?.servicePort
    return [{ where, service, port: port === undefined ? undefined : String(port) }]
  }
  const rules = (spec?.rules ?? []).flatMap(({ host = '*', http }) =>
    (http?.paths ?? []).flatMap(({ path = '/', backend }) => read(backend, `${host}${path}`)),
  )
  return [...read(spec?.defaultBackend ?? spec?.backend, 'the default backend'), ...rules]
}

function missingBackends(index: ClusterIndex, ingress: Ingress): Evidence[] {
  const namespace = ingress.metadata?.namespace
  const services = (index.all('Service') as readonly Service[]).filter(({ metadata }) => metadata?.namespace === namespace)
  const names = services.map(({ metadata }) => metadata?.name ?? '')
  const seen = new Set<string>()
  return routesOf(ingress).flatMap(({ where, service, port }): Evidence[] => {
    const found = services.find(({ metadata }) => metadata?.name === service)
    const key = `${service} ${port}`
    // An action or redirect of the controller of AWS, and a snapshot without any services, say nothing.
    if (seen.has(key) || port === 'use-annotation' || services.length === 0) return []
    seen.add(key)
    if (found === undefined) {
      const similar = similarTo(service, names)
      return [
        fact(`${where} leads to Service ${service}, which does not exist in namespace ${namespace ?? 'default'}`, {
          missing: 'Service',
          service,
          where,
          ...(similar !== undefined && { similar }),
        }),
      ]
    }
    const ports = found.spec?.ports ?? []
    if (port === undefined || ports.length === 0 || ports.some((one) => String(one.port) === port || one.name === port)) return []
    return [
      fact(
        `${where} leads to port ${port} of Service ${service}, which offers ${ports.map((one) => [one.port, one.name].filter(Boolean).join(' ')).join(', ')}`,
        { missing: 'port', service, port, where, offered: ports.map((one) => one.name ?? one.port).join(', ') },
      ),
    ]
  })
}

const fact = (quote: string, facts: Record<string, string>): Evidence => ({
  source: 'object',
  quote,
  reason: 'BackendMissing',
  facts,
})

function missingClass(index: ClusterIndex, { spec, metadata }: Ingress): Evidence[] {
  const wanted = spec?.ingressClassName
  const classes = index.all('IngressClass').map((one) => one.metadata?.name ?? '')
  if (wanted === undefined || classes.length === 0 || classes.includes(wanted)) return []
  const similar = similarTo(wanted, classes)
  return [
    fact(`Ingress ${metadata?.name} names the class ${wanted}, and the cluster has ${classes.join(', ')}`, {
      missing: 'IngressClass',
      service: wanted,
      offered: classes.join(', '),
      ...(similar !== undefined && { similar }),
    }),
  ]
}

function routesNothing({ spec, metadata }: Ingress): Evidence[] {
  if (spec?.rules !== undefined || spec?.defaultBackend !== undefined || spec?.backend !== undefined || spec?.tls !== undefined)
    return []
  return [
    {
      source: 'object',
      quote: `Ingress ${metadata?.name} shows neither a rule nor a default backend`,
      reason: 'NoBackendKnown',
      facts: {},
    },
  ]
}

function unknownIngresses(index: ClusterIndex): Sighting[] {
  const names = new Map<string, Sighting>()
  for (const event of index.events) {
    const { kind, namespace, name, uid } = event.involved
    if (
      kind !== 'Ingress' ||
      event.type !== 'Warning' ||
      index.all('Ingress').some(({ metadata }) => metadata?.namespace === namespace)
    )
      continue
    const object = { kind, metadata: { name, ...(namespace !== undefined && { namespace }), ...(uid !== undefined && { uid }) } }
    const before = names.get(`${namespace} ${name}`)
    names.set(`${namespace} ${name}`, {
      object,
      symptom: event.reason,
      evidence: [eventEvidence(event, object), ...(before?.evidence ?? [])],
    })
  }
  return [...names.values()]
}

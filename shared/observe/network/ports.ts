import type { ClusterIndex } from '../cluster-index.ts'
import type { Sighting } from '../draft.ts'
import { isReady, matches, type Service } from './service.ts'

/** A port of the Service that leads to a name that no container port has. */
export function missingPort(index: ClusterIndex, service: Service): Sighting[] {
  const { namespace, name = '' } = service.metadata ?? {}
  const { selector, ports = [] } = service.spec ?? {}
  if (!selector || Object.keys(selector).length === 0) return []
  const pods = index.pods.filter((pod) => pod.metadata?.namespace === namespace && matches(pod, selector) && isReady(pod))
  if (pods.length === 0) return []
  const offered = [
    ...new Set(
      pods.flatMap(({ spec }) =>
        [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].flatMap((one) =>
          (one.ports ?? []).flatMap((port) => port.name ?? []),
        ),
      ),
    ),
  ]
  const lost = ports.find(
    ({ targetPort }) => typeof targetPort === 'string' && !/^\d+$/.test(targetPort) && !offered.includes(targetPort),
  )
  if (lost === undefined) return []
  const target = String(lost.targetPort)
  return [
    {
      object: service,
      symptom: 'NoEndpoints',
      evidence: [
        {
          source: 'object',
          quote: `Service ${name} leads port ${lost.port} to the container port named ${target}, and its pods name ${offered.length === 0 ? 'none' : offered.join(', ')}`,
          reason: 'NoEndpoints',
          object: { kind: 'Service', name },
          facts: { targetPort: target, port: String(lost.port), offered: offered.join(', ') },
        },
      ],
    },
  ]
}

import type { Observation } from '../observation.ts'
import type { ClusterIndex } from './cluster-index.ts'
import { toObservations } from './draft.ts'
import { withoutEndpoints } from './network/endpoints.ts'
import { observeIngresses } from './network/ingresses.ts'
import { loadBalancer, unknownServices } from './network/load-balancers.ts'
import type { Service } from './network/service.ts'
import type { ObserveOptions } from './observer.ts'

/** Finds Services and Ingresses that lead nowhere. */
export function observeNetwork(index: ClusterIndex, options: ObserveOptions): Observation[] {
  const known = (index.all('Service') as readonly Service[]).flatMap((service) =>
    [...loadBalancer(index, service, options.now), ...withoutEndpoints(index, service, options.now)].slice(0, 1),
  )
  return toObservations(index, options, [...known, ...unknownServices(index), ...observeIngresses(index, options)])
}

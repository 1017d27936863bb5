import { describe, expect, test } from '@jest/globals'
import { localSnapshot } from '../../../forwarder/evidence/local-snapshot.ts'
import { clusterState } from '../../../forwarder/state/cluster-state.ts'
import type { Pod } from '../../../shared/kubernetes.ts'
import { application, crashing, unavailable, warning } from '../objects.ts'

const said = (pod: Pod) => {
  const state = clusterState({ touch: () => undefined, salt: 'salt', now: () => Date.now() })
  const { deployment, replicaSet } = application('shop', 'cart')
  state.apply('Deployment', unavailable(deployment), false)
  state.apply('ReplicaSet', replicaSet, false)
  state.apply('Pod', pod, false)
  state.apply('Event', warning(pod, 'FailedScheduling', '0/3 nodes are available: 3 Insufficient memory.'), false)
  const { objects } = localSnapshot(state, 'Deployment/shop/cart')
  return objects.map(({ kind }) => kind).filter((kind) => kind === 'Pod' || kind === 'Event')
}

describe('what is known of a workload', () => {
  const { pod } = application('shop', 'cart')

  test('holds a pod in trouble with what was said of it', () => {
    expect(said(crashing(pod))).toEqual(['Pod', 'Event'])
  })

  test('holds nothing that was said of a claim that was deleted, which would fail for ever', () => {
    const state = clusterState({ touch: () => undefined, salt: 'salt', now: () => Date.now() })
    const claim = { kind: 'PersistentVolumeClaim', metadata: { name: 'data', namespace: 'shop', uid: 'c-1' } }
    const refused = {
      ...warning(pod, 'ProvisioningFailed', 'storageclass "fast" not found'),
      involvedObject: { ...claim, ...claim.metadata },
    }
    const heard = () => localSnapshot(state, 'PersistentVolumeClaim/shop/data').objects.filter(({ kind }) => kind === 'Event')
    state.apply('PersistentVolumeClaim', { ...claim, status: { phase: 'Pending' } }, false)
    state.apply('Event', refused, false)
    expect(heard()).toHaveLength(1)
    state.remove('PersistentVolumeClaim', claim)
    expect(heard()).toEqual([])
  })

  test('holds nothing that was said of a pod that is well by now, since it would read as that of a pod that is gone', () => {
    expect(said(pod)).toEqual([])
  })
})

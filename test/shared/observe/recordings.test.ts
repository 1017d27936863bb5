import { expect, it } from '@jest/globals'
import { join } from 'node:path'
import { readDump } from '../../../cli/input/dump.ts'
import { diagnose } from '../../../shared/diagnose.ts'
import { observe } from '../../../shared/observe/observe.ts'

const folder = join(import.meta.dirname, '../../fixtures/recordings')

/** What is said of a recorded cluster, at the moment when it was recorded. */
function diagnosesOf(name: string) {
  const { snapshot, at = '2026-01-01T00:00:00.000Z' } = readDump(join(folder, name))
  return observe(snapshot, { cluster: 'recorded', now: at }).map((observation) => diagnose(observation))
}

it.each([
  ['repository-not-found', 'ImageRepositoryNotFound', 'orders-api', 'api'],
  ['image-removed', 'ImageRemoved', 'catalog', 'catalog'],
  ['slow-layer', 'ImagePullTimeout', 'thumbnails', 'worker'],
  ['sandbox-network', 'SandboxNetworkFailure', 'video-relay', 'relay'],
])('finds in the recording %s nothing but %s', (recording, cause, workload, container) => {
  expect(diagnosesOf(recording)).toMatchObject([
    { cause, subject: { container, workload: { kind: 'Deployment', name: workload } } },
  ])
})

it('finds what changed since the revision before', () => {
  const [diagnosis] = diagnosesOf('repository-not-found')
  expect(diagnosis?.changes).toEqual([
    { path: 'containers[api].image', before: 'registry.test/shop/server:1.4.2', after: 'registry.test/shop/sevrer:1.4.2' },
  ])
  expect(diagnosis?.remedies[0]?.command).toBe(
    'kubectl set image deployment/orders-api api=registry.test/shop/server:1.4.2 -n repository-not-found',
  )
})

it('is silent about pods that got their pull secret late and run now', () => {
  expect(diagnosesOf('late-pull-secret')).toEqual([])
})

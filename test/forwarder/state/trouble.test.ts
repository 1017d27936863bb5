import { describe, expect, test } from '@jest/globals'
import type { Pod } from '../../../shared/kubernetes.ts'
import { glance } from '../../../forwarder/state/trouble.ts'
import { trim } from '../../../forwarder/state/trim.ts'
import { application, crashing } from '../objects.ts'

const now = Date.now()
const { pod } = application('shop', 'cart')
const withStatus = (status: NonNullable<Pod['status']>): Pod => ({ ...pod, status })

describe('a glance at a pod', () => {
  test.each([
    ['a pod that runs and is ready', pod, 'none'],
    ['a pod that has ended well', withStatus({ phase: 'Succeeded' }), 'none'],
    ['a crash loop', crashing(pod), 'failing'],
    [
      'a pod that is being made',
      withStatus({ phase: 'Pending', containerStatuses: [{ name: 'app', state: { waiting: { reason: 'ContainerCreating' } } }] }),
      'unsettled',
    ],
    [
      'a pod that no node takes',
      withStatus({
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes' }],
      }),
      'failing',
    ],
    [
      'a pod that was evicted',
      withStatus({ phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' }),
      'failing',
    ],
    [
      'a pod that runs and is not ready',
      withStatus({ phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }] }),
      'unsettled',
    ],
    ['a pod that goes', { ...pod, metadata: { ...pod.metadata, deletionTimestamp: '2026-11-22T11:48:02Z' } }, 'none'],
  ])('tells of %s', (_title, given, trouble) => {
    expect(glance(given, now).trouble).toBe(trouble)
  })

  test('looks the same however often a container has crashed, and different when it crashes otherwise', () => {
    expect(glance(crashing(pod, 3), now).signature).toBe(glance(crashing(pod, 30), now).signature)
    expect(glance(crashing(pod, 3, 1), now).signature).not.toBe(glance(crashing(pod, 3, 137, 'OOMKilled'), now).signature)
  })
})

describe('what is kept of an object', () => {
  test('has no values of environment variables, only whether they are the same', () => {
    const kept = JSON.stringify(trim(pod, 'Pod', 'salt'))
    expect(kept).not.toContain('correct-horse-battery')
    expect(kept).toContain('DATABASE_PASSWORD')
    expect(trim(pod, 'Pod', 'salt')).toEqual(trim(pod, 'Pod', 'salt'))
    expect(trim(pod, 'Pod', 'salt')).not.toEqual(trim(pod, 'Pod', 'other'))
  })

  test('has no field ownership and no copy of the manifest', () => {
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}', team: 'shop', long: 'x'.repeat(1_000) }
    const object = { metadata: { name: 'a', annotations, managedFields: [{}] }, status: {} }
    expect(trim(object, 'Service', 'salt')).toEqual({
      kind: 'Service',
      metadata: { name: 'a', annotations: { team: 'shop' } },
      status: {},
    })
  })
})

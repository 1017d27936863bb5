import { expect, it } from '@jest/globals'
import { decisive } from '../../../../shared/observe/scheduling/decisive.ts'
import { readVerdict } from '../../../../shared/observe/scheduling/scheduler-message.ts'

const counts = (message: string) => readVerdict(message).predicates.map(({ kind, nodes, detail }) => [kind, nodes, detail])
const first = (message: string) => decisive(readVerdict(message), {}, [])?.kind

it('takes a message of today apart, and leaves out what it says of preemption', () => {
  const message =
    "0/16 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 2 Insufficient memory, 13 node(s) had untolerated taint {dedicated: gpu}. preemption: 0/16 nodes are available: 16 Preemption is not helpful for scheduling."
  expect(readVerdict(message).total).toBe(16)
  expect(counts(message)).toEqual([
    ['selector', 1, undefined],
    ['memory', 2, undefined],
    ['taint', 13, 'dedicated=gpu'],
  ])
})

it('takes a message of Kubernetes 1.8 apart', () => {
  expect(
    counts('No nodes are available that match all of the predicates: Insufficient cpu (2), PodToleratesNodeTaints (3).'),
  ).toEqual([
    ['cpu', 2, undefined],
    ['taint', 3, undefined],
  ])
})

it('takes the fit failures of the first schedulers apart', () => {
  const message =
    'pod (web) failed to fit in any node\nfit failure on node (a): Insufficient Memory\nfit failure on node (b): Insufficient Memory\nfit failure on node (c): PodFitsHostPorts'
  expect(counts(message)).toEqual([
    ['memory', 2, undefined],
    ['port', 1, undefined],
  ])
})

it.each([
  ["0/12 nodes are available: 3 Insufficient memory, 9 node(s) didn't match node selector.", 'memory'],
  ["0/10 nodes are available: 10 node(s) didn't match node selector, 4 Insufficient cpu.", 'selector'],
  [
    "0/400 nodes are available: 3 node(s) didn't match pod anti-affinity rules, 397 node(s) didn't match Pod's node affinity/selector.",
    'affinity',
  ],
  ["0/5 nodes are available: 1 node(s) had volume node affinity conflict, 4 node(s) didn't match node selector", 'volume-zone'],
  [
    "0/4 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 3 node(s) didn't match Pod's node affinity/selector.",
    'selector',
  ],
  [
    "0/4 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 3 node(s) had untolerated taint {team: data}.",
    'taint',
  ],
  [
    "0/4 nodes are available: 1 node(s) had taint {node-role.kubernetes.io/master: }, that the pod didn't tolerate, 3 Insufficient cpu.",
    'cpu',
  ],
  ['0/3 nodes are available: 3 Too many pods.', 'pods'],
  [
    '0/3 nodes are available: 1 node(s) were unschedulable, 2 node(s) had untolerated taint {node-role.kubernetes.io/master: }.',
    'cordoned',
  ],
  ['no nodes available to schedule pods', 'no-nodes'],
  ['pod has unbound immediate PersistentVolumeClaims (repeated 3 times)', 'claim-unbound'],
  ['persistentvolumeclaim "data" not found', 'claim-missing'],
  ["0/2 nodes are available: 2 node(s) didn't have free ports for the requested pod ports.", 'port'],
  ['0/6 nodes are available: 6 Insufficient nvidia.com/gpu.', 'resource'],
])('finds what blocks the nodes that fit otherwise in %j', (message, kind) => {
  expect(first(message)).toBe(kind)
})

it('asks the nodes themselves where they are known: a tainted node of another pool explains nothing', () => {
  const pod = { spec: { nodeSelector: { pool: 'web' } } }
  const nodes = [
    { metadata: { name: 'web-1', labels: { pool: 'web' } }, spec: { unschedulable: true } },
    {
      metadata: { name: 'data-1', labels: { pool: 'data' } },
      spec: { taints: [{ key: 'team', value: 'data', effect: 'NoSchedule' }] },
    },
  ]
  const verdict = readVerdict('0/2 nodes are available: 1 node(s) were unschedulable, 1 node(s) had untolerated taint(s).')
  expect(decisive(verdict, pod, nodes)?.kind).toBe('cordoned')
})

it('names the pressure behind a taint that the node has set itself', () => {
  const node = { metadata: { name: 'a' }, spec: { taints: [{ key: 'node.kubernetes.io/disk-pressure', effect: 'NoSchedule' }] } }
  const verdict = readVerdict('0/1 nodes are available: 1 node(s) had untolerated taint(s).')
  expect(decisive(verdict, {}, [node])).toMatchObject({ kind: 'pressure', detail: 'node.kubernetes.io/disk-pressure' })
})

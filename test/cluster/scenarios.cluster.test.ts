import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runForwarder, type RunningForwarder } from '../../forwarder/forwarder.ts'
import type { Incident } from '../../shared/incident.ts'
import { until } from '../forwarder/until.ts'
import { kit, noCluster, runKit } from './cluster.ts'
import { clusterHub, type ClusterHub } from './hub.ts'

/** One of each way to fail, and one that is well; KULPRIT_SCENARIOS names others, or "all". */
const usual = [
  'tag-not-found',
  'private-no-credentials',
  'configmap-missing',
  'go-panic',
  'memory-limit-lowered',
  'database-refused',
  'liveness-wrong-port',
  'quota-exceeded',
  'node-selector-typo',
  'pvc-missing',
  'job-retries',
  'service-selector-mismatch',
  'loud-logs',
  'rollout-in-progress',
]
const wanted = process.env['KULPRIT_SCENARIOS'] ?? usual.join(' ')
const names = wanted === 'all' ? [] : wanted.split(/[ ,]+/)

interface Scenario {
  readonly name: string
  readonly causes: readonly string[]
  readonly subject: string
  readonly isFixable: boolean
}

function scenarios(): Scenario[] {
  if (noCluster !== undefined || kit === undefined) return []
  return runKit('scenario', 'list', ...names)
    .trim()
    .split('\n')
    .map((line) => {
      const [name = '', family = '', cause = '', subject = ''] = line.split('\t')
      const path = join(kit ?? '', 'scenarios', family, name)
      const accept = /^# accept: *(.*)$/m.exec(readFileSync(`${path}.yaml`, 'utf8'))?.[1] ?? ''
      const causes = [cause, ...accept.split(/[ ,]+/)].filter((code) => code !== '' && code !== 'none')
      return { name, causes, subject, isFixable: existsSync(`${path}.fix.yaml`) && causes.length > 0 }
    })
}

const all = scenarios()
const suite = all.length > 0 ? describe : describe.skip
suite('a real cluster', () => {
  let hub: ClusterHub
  let forwarder: RunningForwarder
  beforeAll(async () => {
    process.env['AWS_ACCESS_KEY_ID'] ??= 'local'
    process.env['AWS_SECRET_ACCESS_KEY'] ??= 'local'
    hub = await clusterHub()
    forwarder = await runForwarder({ cluster: 'test', endpoint: hub.endpoint, region: 'local', log: 'error' })
    await forwarder.watching
    runKit('scenario', 'apply', ...all.map(({ name }) => name))
  })
  afterAll(async () => {
    await forwarder.stop()
    await hub.stop()
    runKit('scenario', 'delete', ...all.map(({ name }) => name))
  })

  const openIn = (namespace: string): Incident[] =>
    [...hub.incidents.values()].filter(
      (incident) => incident.namespace === namespace && incident.status !== 'resolved' && incident.severity !== 'info',
    )
  const told = (incidents: readonly Incident[]) =>
    incidents.map(({ cause, subject: { workload, kind, name } }) => ({
      cause,
      subject: workload === undefined ? `${kind}/${name}` : `${workload.kind}/${workload.name}`,
    }))

  const failing = all.filter(({ causes }) => causes.length > 0)
  test.each(failing)('$name ends as one incident of $subject', async ({ name, causes, subject }) => {
    await until(() => told(openIn(name)).length === 1 && told(openIn(name)).some((one) => causes.includes(one.cause)))
    const [incident] = told(openIn(name))
    expect(causes).toContain(incident?.cause)
    expect(incident?.subject).toBe(subject)
  })

  const well = all.filter(({ causes }) => causes.length === 0)
  if (well.length > 0)
    test.each(well)('$name is left alone', ({ name }) => {
      expect(told(openIn(name))).toEqual([])
    })

  const fixable = all.filter(({ isFixable }) => isFixable)
  if (fixable.length > 0)
    test('every workload that is fixed has its incident resolved', async () => {
      runKit('scenario', 'fix', ...fixable.map(({ name }) => name))
      await until(() => fixable.every(({ name }) => openIn(name).length === 0))
      expect(fixable.flatMap(({ name }) => told(openIn(name)))).toEqual([])
    })
})

if (all.length === 0) test.skip(`scenarios: ${noCluster ?? 'there is no cluster kit'}`, () => {})

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { identityOf } from '../../shared/incident.ts'
import { until } from '../forwarder/until.ts'
import { kit, kubeconfig, kubectl, noCluster, runKit } from './cluster.ts'
import { clusterHub, type ClusterHub } from './hub.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const namespace = 'kulprit-faults'
/** How many workloads fail at once, and how long things are broken; more where there is time. */
const count = Number(process.env['KULPRIT_BURST'] ?? 60)
const outage = Number(process.env['KULPRIT_OUTAGE_SECONDS'] ?? 30) * 1000
const sleep = (milliseconds: number) =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
  })

/** A Deployment whose pod no node takes: it fails on any cluster, at once and for good. */
const workload = (name: string) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: ${namespace} }
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      nodeSelector: { kulprit.test/nowhere: "yes" }
      containers: [{ name: app, image: "registry.test/tools:1.0" }]
`
const names = Array.from({ length: count }, (_, at) => `app-${at}`)
const expected = (failing: readonly string[]) =>
  failing
    .map((name) => identityOf({ cluster: 'test', kind: 'Deployment', namespace, name, container: 'app' }))
    .sort((a, b) => a.localeCompare(b))

const suite = noCluster === undefined ? describe : describe.skip
suite('with a real API server, the incidents are those of an undisturbed run', () => {
  let hub: ClusterHub
  let folder: string
  let running: ChildProcess | undefined
  // As the container runs it.
  const app = mkdtempSync(join(tmpdir(), 'kulprit-app-'))
  beforeAll(() => {
    execFileSync(process.execPath, ['--no-warnings', 'scripts/bundle-forwarder.ts', app], { cwd: root })
  })
  afterAll(() => {
    rmSync(app, { recursive: true, force: true })
  })
  beforeEach(async () => {
    hub = await clusterHub()
    folder = mkdtempSync(join(tmpdir(), 'kulprit-faults-'))
    kubectl(['apply', '-f', '-'], `apiVersion: v1\nkind: Namespace\nmetadata: { name: ${namespace} }\n`)
  })
  afterEach(async () => {
    await end(running, 'SIGTERM')
    running = undefined
    await hub.stop()
    kubectl(['delete', 'namespace', namespace, '--wait=true', '--timeout=120s'])
    rmSync(folder, { recursive: true, force: true })
  })

  function start(): ChildProcess {
    return spawn(process.execPath, [join(app, 'forwarder.mjs')], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        PATH: process.env['PATH'],
        KULPRIT_KUBECONFIG: kubeconfig,
        KULPRIT_CLUSTER: 'test',
        KULPRIT_NAMESPACES: namespace,
        KULPRIT_SPOOL: folder,
        KULPRIT_LOG: process.env['KULPRIT_LOG'] ?? 'error',
        AWS_REGION: 'local',
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
        AWS_ENDPOINT_URL_EVENTBRIDGE: hub.endpoint,
      },
    })
  }
  async function end(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const closed = new Promise((resolve) => {
      child.once('close', resolve)
    })
    child.kill(signal)
    await closed
  }
  const fail = (some: readonly string[]) => kubectl(['apply', '-f', '-'], some.map(workload).join('---\n'))
  const open = () =>
    [...hub.incidents.values()]
      .filter(({ status }) => status === 'open')
      .map(({ id }) => id)
      .sort((a, b) => a.localeCompare(b))
  const isComplete = () => open().length === names.length

  test('when it is killed in the middle of a burst', async () => {
    running = start()
    await until(() => hub.beats() > 0)
    fail(names.slice(0, count / 2))
    await until(() => open().length > count / 4)
    await end(running, 'SIGKILL')
    fail(names.slice(count / 2))
    running = start()
    await until(isComplete)
    expect(open()).toEqual(expected(names))
  })

  test('when the hub refuses every third entry', async () => {
    hub.refuse = (entry) => (entry % 3 === 0 ? 'ThrottlingException' : undefined)
    running = start()
    await until(() => hub.beats() > 0)
    fail(names)
    await until(isComplete)
    expect(open()).toEqual(expected(names))
  })

  test('when the hub is down, and the forwarder is killed meanwhile', async () => {
    running = start()
    await until(() => hub.beats() > 0)
    await hub.stop()
    fail(names)
    await sleep(outage)
    await end(running, 'SIGKILL')
    await hub.start()
    running = start()
    await until(isComplete)
    expect(open()).toEqual(expected(names))
  })

  const withKit = kit !== undefined && process.env['KULPRIT_KEEP_API'] === undefined ? test : test.skip
  withKit('when the API server is stopped and started again', async () => {
    running = start()
    await until(() => hub.beats() > 0)
    fail(names.slice(0, count / 2))
    await until(() => open().length === Math.floor(count / 2))
    runKit('cluster', 'stop', 'apiserver')
    await sleep(outage)
    runKit('cluster', 'start', 'apiserver')
    await until(() => {
      try {
        return fail(names.slice(count / 2)) !== ''
      } catch {
        return false
      }
    })
    await until(isComplete)
    expect(open()).toEqual(expected(names))
    expect([...hub.incidents.values()].filter(({ status }) => status === 'resolved')).toEqual([])
  })
})

if (noCluster !== undefined) test.skip(`faults: ${noCluster}`, () => {})

import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { identityOf } from '../shared/incident.ts'
import type { Observation } from '../shared/observation.ts'
import { chart, helm } from '../test/helm.ts'

// Measures the bundled forwarder, as the container runs it, on a big cluster; see bench/forwarder.md.
const usage = `usage: node bench/forwarder.bench.ts --kit FOLDER [--fail 200] [--over 60] [--kind crash|image] [--keep]
KUBECONFIG names the cluster, FOLDER holds 'populate' (kwok plays kubelet: 'cluster scale').`
const { values: option } = parseArgs({
  options: {
    kit: { type: 'string' },
    fail: { type: 'string', default: '200' },
    over: { type: 'string', default: '60' },
    kind: { type: 'string', default: 'crash' },
    keep: { type: 'boolean', default: false },
  },
})
if (option.kit === undefined || process.env['KUBECONFIG'] === undefined) {
  console.log(`skipped: it wants a real cluster\n${usage}`)
  process.exit(0)
}
const populate = join(option.kit, 'populate')
const namespace = 'kulprit-bench'
const kubectl = (args: readonly string[], input?: string) =>
  execFileSync('kubectl', args, { encoding: 'utf8', maxBuffer: 1 << 28, ...(input !== undefined && { input }) })
const sleep = (milliseconds: number) =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
  })

interface Arrival {
  readonly at: number
  readonly type: string
  readonly observation: Observation
}

/** A bus that writes down when each event arrived. */
async function listen(arrivals: Arrival[]): Promise<{ endpoint: string; close: () => void }> {
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    request.on('end', () => {
      const at = Date.now()
      const { Entries } = JSON.parse(body) as { Entries: { DetailType: string; Detail: string }[] }
      for (const { DetailType, Detail } of Entries)
        arrivals.push({ at, type: DetailType, observation: JSON.parse(Detail) as Observation })
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' })
      response.end(JSON.stringify({ FailedEntryCount: 0, Entries: Entries.map((_, n) => ({ EventId: String(n) })) }))
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() }
}

/** What a pod of the chart would find mounted: a token of its service account, with the chart's rights and no others. */
async function serviceAccount(): Promise<{ folder: string; host: string; port: string }> {
  const rights = await helm(
    'template',
    'kulprit',
    chart,
    '--namespace',
    namespace,
    '--set',
    'cluster=bench',
    '--show-only',
    'templates/rbac.yaml',
  )
  kubectl(['apply', '-f', '-'], `apiVersion: v1\nkind: Namespace\nmetadata: { name: ${namespace} }\n`)
  kubectl(['apply', '-f', '-'], rights)
  const { clusters } = JSON.parse(kubectl(['config', 'view', '--raw', '--flatten', '--minify', '-o', 'json'])) as {
    clusters: [{ cluster: { server: string; 'certificate-authority-data': string } }]
  }
  const folder = mkdtempSync(join(tmpdir(), 'kulprit-bench-'))
  mkdirSync(join(folder, 'spool'))
  writeFileSync(join(folder, 'token'), kubectl(['-n', namespace, 'create', 'token', 'kulprit', '--duration', '2h']).trim())
  writeFileSync(join(folder, 'namespace'), namespace)
  writeFileSync(join(folder, 'ca.crt'), Buffer.from(clusters[0].cluster['certificate-authority-data'], 'base64'))
  const { hostname, port } = new URL(clusters[0].cluster.server)
  return { folder, host: hostname, port }
}

function start(account: { folder: string; host: string; port: string }, endpoint: string, metricsPort: number): ChildProcess {
  execFileSync(process.execPath, ['scripts/bundle-forwarder.ts', join(account.folder, 'app')])
  return spawn(
    process.execPath,
    [
      '--optimize-for-size',
      '--v8-pool-size=0',
      '--max-semi-space-size=2',
      '--max-old-space-size=192',
      join(account.folder, 'app/forwarder.mjs'),
    ],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        KUBERNETES_SERVICE_HOST: account.host,
        KUBERNETES_SERVICE_PORT: account.port,
        KULPRIT_SERVICE_ACCOUNT_DIR: account.folder,
        KULPRIT_CLUSTER: 'bench',
        KULPRIT_SPOOL: join(account.folder, 'spool'),
        KULPRIT_PORT: String(metricsPort),
        KULPRIT_LOG: 'warn',
        AWS_REGION: 'eu-west-1',
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
        AWS_ENDPOINT_URL_EVENTBRIDGE: endpoint,
      },
    },
  )
}

interface Usage {
  readonly rss: number
  readonly peak: number
  readonly cpu: number
  readonly requests: ReadonlyMap<string, number>
}

async function usageOf(pid: number, metricsPort: number): Promise<Usage> {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const megabytes = (field: string) => Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024)
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
  const requests = new Map(
    [...text.matchAll(/^kulprit_api_requests_total\{verb="(\w+)"\} (\d+)/gm)].map(([, verb = '', count]) => [
      verb,
      Number(count),
    ]),
  )
  return {
    rss: megabytes('VmRSS'),
    peak: megabytes('VmHWM'),
    cpu: Number(/^process_cpu_seconds_total (\S+)/m.exec(text)?.[1] ?? 0),
    requests,
  }
}

const percentile = (sorted: readonly number[], part: number) =>
  sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN

const arrivals: Arrival[] = []
const bus = await listen(arrivals)
const account = await serviceAccount()
const metricsPort = 19_090
const startedAt = Date.now()
const forwarder = start(account, bus.endpoint, metricsPort)
const pid = forwarder.pid ?? 0
try {
  for (;;) {
    const ready = await fetch(`http://127.0.0.1:${metricsPort}/readyz`).catch(() => undefined)
    if (ready?.ok === true) break
    await sleep(50)
  }
  const listedIn = Date.now() - startedAt
  await sleep(20_000)
  const before = await usageOf(pid, metricsPort)
  const found = arrivals.filter(({ type }) => type === 'Failure Observed').length
  console.log(
    `listed in ${listedIn} ms; at rest ${before.rss} MB (peak ${before.peak} MB), CPU ${before.cpu.toFixed(2)} s, ${found} failures before the burst`,
  )
  console.log(`requests until then: ${[...before.requests].map(([verb, count]) => `${verb} ${count}`).join(', ')}`)

  const burst = spawn(populate, ['--fail', option.fail, '--over', option.over, '--kind', option.kind], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  burst.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString()
  })
  await new Promise((resolve) => {
    burst.on('close', resolve)
  })
  await sleep(5_000)
  const after = await usageOf(pid, metricsPort)

  const failures = printed
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
    .map(([at = '', inNamespace = '', pod = '']) => ({ at: Date.parse(at), inNamespace, pod }))
  const observed = arrivals.filter(({ type }) => type === 'Failure Observed')
  const first = new Map<string, number>()
  for (const { at, observation } of observed) {
    const key = `${observation.subject.namespace}/${observation.subject.name}`
    if (!first.has(key)) first.set(key, at)
  }
  const delays = failures.flatMap(({ at, inNamespace, pod }) => {
    const seen = first.get(`${inNamespace}/${pod}`)
    return seen === undefined ? [] : [seen - at]
  })
  delays.sort((a, b) => a - b)
  const incidents = new Set(observed.map(({ observation }) => identityOf(observation.subject)))
  console.log(`found ${delays.length} of ${failures.length}, ${incidents.size} incidents, ${observed.length} observations`)
  console.log(
    `from failure to bus: p50 ${percentile(delays, 0.5)} ms, p95 ${percentile(delays, 0.95)} ms, longest ${delays.at(-1)} ms`,
  )
  console.log(`memory ${after.rss} MB (peak ${after.peak} MB); CPU of the burst ${(after.cpu - before.cpu).toFixed(2)} s`)
  const more = [...after.requests].map(([verb, count]) => `${verb} ${count - (before.requests.get(verb) ?? 0)}`)
  console.log(`requests of the burst: ${more.join(', ')}`)
} finally {
  forwarder.kill('SIGTERM')
  bus.close()
  if (!option.keep) {
    kubectl(['delete', 'namespace', namespace, '--wait=false'])
    kubectl(['delete', 'clusterrole,clusterrolebinding', `kulprit-${namespace}`])
  }
}

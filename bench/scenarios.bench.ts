import { execFileSync, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runForwarder } from '../forwarder/forwarder.ts'
import type { Incident } from '../shared/incident.ts'
import { clusterHub, failureTime } from '../test/cluster/hub.ts'

// Applies failing workloads to a real cluster and prints what became of each; see bench/forwarder.md.
const usage = `usage: node bench/scenarios.bench.ts --kit FOLDER [--settle 60] [NAME|FAMILY...]
KUBECONFIG names the cluster, FOLDER holds 'scenario'.`
const { values: option, positionals: wanted } = parseArgs({
  options: { kit: { type: 'string' }, settle: { type: 'string', default: '60' }, keep: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const { kit } = option
if (kit === undefined || process.env['KUBECONFIG'] === undefined) {
  console.log(`skipped: it wants a real cluster\n${usage}`)
  process.exit(0)
}
const scenario = join(kit, 'scenario')

interface Scenario {
  readonly name: string
  readonly cause: string
  readonly accept: readonly string[]
  readonly subject: string
}

/** The labels stand as comments at the head of each manifest. */
function scenarios(): Scenario[] {
  const names = execFileSync(scenario, ['list', ...wanted], { encoding: 'utf8' })
    .trim()
    .split('\n')
  return names.map((line) => {
    const [name = '', family = '', cause = '', subject = ''] = line.split('\t')
    const file = join(kit ?? '', 'scenarios', family, `${name}.yaml`)
    const accept = existsSync(file) ? (/^# accept: *(.*)$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? '') : ''
    return { name, cause, subject, accept: accept.split(/[ ,]+/).filter((code) => code !== '') }
  })
}

const ownerOf = ({ subject: { workload, kind, name } }: Incident) =>
  workload === undefined ? `${kind}/${name}` : `${workload.kind}/${workload.name}`
const percentile = (sorted: readonly number[], part: number) =>
  sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)]

const all = scenarios()
const hub = await clusterHub()
process.env['AWS_ACCESS_KEY_ID'] ??= 'local'
process.env['AWS_SECRET_ACCESS_KEY'] ??= 'local'
const forwarder = await runForwarder({ cluster: 'bench', endpoint: hub.endpoint, region: 'local', log: 'warn' })
await forwarder.watching
const started = Date.now()
const applying = spawn(scenario, ['apply', ...all.map(({ name }) => name)], { stdio: ['ignore', 'ignore', 'inherit'] })
await new Promise((resolve) => {
  applying.on('close', resolve)
})
await new Promise((resolve) => {
  setTimeout(resolve, Number(option.settle) * 1000)
})
console.error(`applied and settled in ${Math.round((Date.now() - started) / 1000)} s`)

let right = 0
const delays: number[] = []
console.log('scenario\texpected\tgot\tseconds')
for (const { name, cause, accept, subject } of all) {
  const open = [...hub.incidents.values()].filter(
    (incident) => incident.namespace === name && incident.status !== 'resolved' && incident.severity !== 'info',
  )
  const got = open.map((incident) => `${incident.cause} of ${ownerOf(incident)}`).join(' + ') || 'nothing'
  const isRight =
    cause === 'none'
      ? open.length === 0
      : open.length === 1 &&
        open.every((incident) => [cause, ...accept].includes(incident.cause) && ownerOf(incident) === subject)
  if (isRight) right++
  const seen = open[0] === undefined ? undefined : hub.first.get(open[0].id)
  const failed = seen === undefined ? undefined : failureTime(seen.observation)
  const delay = seen === undefined || failed === undefined ? undefined : Math.max(0, seen.at - failed) / 1000
  if (delay !== undefined) delays.push(delay)
  console.log(`${isRight ? 'ok   ' : 'WRONG'} ${name}\t${cause} of ${subject}\t${got}\t${delay?.toFixed(1) ?? '-'}`)
}
delays.sort((a, b) => a - b)
console.log(
  `${right} of ${all.length} right; ${hub.observations()} observations; seconds: p50 ${percentile(delays, 0.5)}, p95 ${percentile(delays, 0.95)}`,
)
await forwarder.stop()
await hub.stop()
if (!option.keep) execFileSync(scenario, ['delete', ...all.map(({ name }) => name)], { stdio: 'ignore' })

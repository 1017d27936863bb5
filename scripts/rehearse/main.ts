/** Runs what would be deployed, without AWS: the synthesised templates and the very bundles, under Lambda's own runtime client. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmulators } from './emulators.ts'
import { connect, load } from './load.ts'
import { playScenes } from './scenes.ts'
import { openStage } from './stage.ts'
import { readTemplate } from './template.ts'
import { installTools, tools } from './tools.ts'

const root = join(import.meta.dirname, '../..')
const where = { account: '123456789012', region: 'eu-west-1' }
const say = (line: string) => console.log(line)

/** EX_TEMPFAIL of sysexits.h: nothing was tried, so nothing passed. */
const skipped = 75

const missing = installTools(say)
if (missing !== undefined) {
  say(`rehearse: skipped, since what stands in for AWS cannot be installed here: ${missing}`)
  process.exit(skipped)
}

const folder = mkdtempSync(join(tmpdir(), 'kulprit-cdk-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
const context = JSON.stringify({ 'kulprit.file': 'scripts/rehearse/kulprit.yaml' })
run('synth, held to the rules of AWS Solutions', process.execPath, ['infra/app.ts'], {
  CDK_OUTDIR: folder,
  CDK_CONTEXT_JSON: context,
})
const templates = readdirSync(folder).filter((file) => file.endsWith('.template.json'))
// W3005: CDK itself writes dependencies that a reference implies.
run(`cfn-lint of ${templates.length} templates`, tools.cfnLint, [
  '--ignore-checks',
  'W3005',
  '--',
  ...templates.map((file) => join(folder, file)),
])

const emulators = await startEmulators()
run(
  'the tests of the store and of the functions, against DynamoDB Local',
  process.execPath,
  ['node_modules/jest/bin/jest.js', 'test/shared/aws', 'test/functions'],
  {
    KULPRIT_TEST_DYNAMODB: emulators.dynamoDb,
    NODE_OPTIONS: '--experimental-vm-modules --no-warnings',
  },
)
const template = readTemplate(folder, 'rehearsal', where)
const clients = connect(emulators, where.region)
const { made, left } = await load(clients, template)
say(`ok  made from the template: ${listed(made)}`)
say(`    not for the emulators: ${listed(left)}`)
const stage = await openStage(template, folder, emulators, clients)
let failed = 0
try {
  failed = await playScenes({ template, clusters: clustersOf(), clients, stage, say, where })
  for (const [name, { used, refused, unused }] of stage.gates) {
    say(`\n${name} used`)
    for (const line of [...used].sort()) say(`    ${line}`)
    const rest = unused().filter((line) => !/^(logs|sqs|kms):/.test(line))
    for (const line of rest) say(`    not asked for here: ${line}`)
    for (const line of refused) say(`    REFUSED ${line}`)
    failed += refused.size
  }
} finally {
  await stage.stop()
  emulators.stop()
}
say(failed === 0 ? '\nrehearse: everything behaved' : `\nrehearse: ${failed} scenes FAILED`)
process.exit(failed === 0 ? 0 : 1)

function clustersOf() {
  return ['cluster-a', 'cluster-b'].map((name) => ({ name, template: readTemplate(folder, `rehearsal-cluster-${name}`, where) }))
}

function run(what: string, program: string, given: readonly string[], env: Readonly<Record<string, string>> = {}): void {
  const { status, stdout, stderr } = spawnSync(program, given, { cwd: root, encoding: 'utf8', env: { ...process.env, ...env } })
  if (status === 0) {
    const counted = /^\d+ passed, \d+ failed.*$/m.exec(stdout)?.[0]
    say(`ok  ${what}${counted === undefined ? '' : `: ${counted}`}`)
    return
  }
  say(`${stdout}${stderr}`)
  say(`rehearse: ${what} FAILED`)
  process.exit(1)
}

function listed(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([type, n]) => `${n} ${type.replace('AWS::', '').replace('::', ' ')}`).join(', ')
}

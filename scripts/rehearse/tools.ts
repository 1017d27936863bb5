import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where the emulators stand: outside the tree, so that neither `npm ci` nor git ever sees them. */
export const cacheFolder = process.env['KULPRIT_REHEARSAL_CACHE'] ?? join(homedir(), '.cache/kulprit-rehearsal')

/** What stands in for AWS, each at the version that was tried. */
export interface Tools {
  readonly motoServer: string
  readonly cfnLint: string
  readonly runtimeClient: string
  readonly dynamoDbLocal: string
}

const packages = { 'aws-lambda-ric': '4.0.2', 'amplify-dynamodb-simulator': '2.9.30' }
const wheels = ['moto[events,sqs,sns,dynamodb,ssm]==5.2.5', 'flask', 'flask-cors', 'cfn-lint==1.58.0']

const bin = (name: string): string => join(cacheFolder, 'venv/bin', name)
const modules = join(cacheFolder, 'node_modules')

export const tools: Tools = {
  motoServer: bin('moto_server'),
  cfnLint: bin('cfn-lint'),
  runtimeClient: join(modules, 'aws-lambda-ric/index.mjs'),
  dynamoDbLocal: join(modules, 'amplify-dynamodb-simulator/emulator'),
}

/** Installs what is missing; gives the reason where something cannot be installed, so that the caller can say why it skips. */
export function installTools(log: (line: string) => void): string | undefined {
  for (const [program, argument] of [
    ['python3', '--version'],
    ['java', '-version'],
    ['cmake', '--version'],
    ['g++', '--version'],
    ['make', '--version'],
  ] as const) {
    if (spawnSync(program, [argument]).status !== 0) return `${program} is not there`
  }
  mkdirSync(cacheFolder, { recursive: true })
  return step('python', wheels.join(' '), installWheels, log) ?? step('node', JSON.stringify(packages), installPackages, log)
}

function step(name: string, wanted: string, install: () => string | undefined, log: (line: string) => void): string | undefined {
  const stamp = join(cacheFolder, `${name}.installed`)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return undefined
  log(`installing into ${cacheFolder}: ${wanted}`)
  const reason = install()
  if (reason === undefined) writeFileSync(stamp, wanted)
  return reason
}

const installWheels = (): string | undefined =>
  run('python3', ['-m', 'venv', join(cacheFolder, 'venv')]) ??
  run(bin('pip'), ['install', '--quiet', '--disable-pip-version-check', ...wheels])

function installPackages(): string | undefined {
  writeFileSync(join(cacheFolder, 'package.json'), JSON.stringify({ private: true, dependencies: packages }))
  return run('npm', ['install', '--no-fund', '--no-audit', '--loglevel=error'])
}

function run(program: string, given: readonly string[]): string | undefined {
  const { status, stderr, error } = spawnSync(program, given, { cwd: cacheFolder, encoding: 'utf8', timeout: 600_000 })
  if (status === 0) return undefined
  const last = (stderr ?? '').trim().split('\n').slice(-3).join(' | ')
  return `'${program} ${given.join(' ')}' failed: ${error?.message ?? last}`
}

/** Measures what a cold start loads: the size of each function's bundle and the milliseconds of its import, beside two baselines of the same run. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type BuildOptions } from 'esbuild'
import { bundling } from '../infra/bundling.ts'

const rounds = 21
const largest = 500
const slowest = 1.1

const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'kulprit-cold-start-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

const empty = `export const handler = async () => ({})`
const client = `import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb'
const client = DynamoDBDocumentClient.from(new DynamoDBClient({}))
export const handler = async () => client.send(new GetCommand({ TableName: 'none', Key: {} }))`
const framework = `import { middy } from '@middy/core'
import { Logger } from '@aws-lambda-powertools/logger'
${client.replace(/export const handler.*/, '')}
const logger = new Logger({ serviceName: 'bare' })
export const handler = middy().handler(async () => { logger.info('called'); return client.send(new GetCommand({ TableName: 'none', Key: {} })) })`

const ours = ['diagnose', 'notify', 'query', 'sweep'] as const
/** The client as it comes, with every provider of credentials; bundled as ours but for that. */
const usual = 'the same, all credentials'
const subjects = ['empty handler', 'bare client', 'client + middy + logger', usual, ...ours] as const
type Name = (typeof subjects)[number]
const sources: Record<Exclude<Name, (typeof ours)[number]>, string> = {
  'empty handler': empty,
  'bare client': client,
  'client + middy + logger': framework,
  [usual]: framework,
}

const files = {} as Record<Name, string>
for (const name of subjects) {
  const outfile = join(folder, `${name.replaceAll(/[^a-z]+/g, '-')}.mjs`)
  files[name] = outfile
  const shared: BuildOptions = {
    ...bundling,
    mainFields: [...bundling.mainFields],
    ...(name === usual && { alias: {} }),
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
    logLevel: 'error',
  }
  if (name in sources) await build({ ...shared, stdin: { contents: sources[name as keyof typeof sources], resolveDir: root } })
  else await build({ ...shared, entryPoints: [join(root, 'functions', `${name}.ts`)] })
}

const measure = join(folder, 'measure.mjs')
writeFileSync(measure, `const start = performance.now(); await import(process.argv[2]); console.log(performance.now() - start)`)
const environment = {
  PATH: process.env['PATH'],
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'none',
  AWS_SECRET_ACCESS_KEY: 'none',
  AWS_LAMBDA_FUNCTION_NAME: 'bench',
  KULPRIT_TABLE: 'bench',
  KULPRIT_BUS: 'bench',
  KULPRIT_TOPIC: 'arn:aws:sns:eu-west-1:123456789012:bench',
}
const taken = Object.fromEntries(subjects.map((name) => [name, [] as number[]])) as Record<Name, number[]>
// In turn, so that whatever else the machine does falls on all alike.
for (let round = 0; round < rounds; round++)
  for (const name of subjects)
    taken[name].push(Number(execFileSync(process.execPath, [measure, files[name]], { env: environment, encoding: 'utf8' })))

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
const bare = median(taken['client + middy + logger'])
console.log(`import of a bundle, median of ${rounds} fresh processes, Node ${process.version}`)
console.log('function                      KB   gzip KB     ms   against client + middy + logger: trimmed, as it comes')
for (const name of subjects) {
  const kilobytes = statSync(files[name]).size / 1000
  const ms = median(taken[name])
  const zipped = gzipSync(readFileSync(files[name])).byteLength / 1000
  const missed =
    (ours as readonly string[]).includes(name) &&
    [kilobytes > largest && `over ${largest} KB`, ms > median(taken[usual]) * slowest && `over ${slowest} x`].filter(
      (one) => one !== false,
    )
  const note = missed === false ? '' : missed.length === 0 ? 'within the goal' : missed.join(', ')
  console.log(
    `${name.padEnd(26)} ${kilobytes.toFixed(0).padStart(5)} ${zipped.toFixed(0).padStart(9)} ${ms.toFixed(1).padStart(6)}   ${(ms / bare).toFixed(2)}  ${(ms / median(taken[usual])).toFixed(2)}  ${note}`,
  )
}

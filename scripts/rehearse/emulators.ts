import { spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream, mkdirSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { cacheFolder, tools } from './tools.ts'

/** The two programs that stand in for AWS, and where they listen. */
export interface Emulators {
  readonly moto: string
  readonly dynamoDb: string
  readonly stop: () => void
}

/** Folder for what the programs of the last rehearsal wrote. */
export const logFolder = join(cacheFolder, 'last')

/** Starts moto (EventBridge, SQS, SNS, SES) and DynamoDB Local, and waits until both answer. */
export async function startEmulators(): Promise<Emulators> {
  const [moto, dynamoDb] = [await startMoto(), await startDynamoDb()]
  return {
    moto: moto.url,
    dynamoDb: dynamoDb.url,
    stop: () => {
      moto.child.kill()
      dynamoDb.child.kill()
    },
  }
}

async function startMoto(): Promise<Started> {
  const port = await freePort()
  return start('moto', port, tools.motoServer, ['-H', '127.0.0.1', '-p', String(port)], {})
}

/** Starts DynamoDB Local, in memory. */
export async function startDynamoDb(): Promise<Started> {
  const port = await freePort()
  const given = [
    '-Djava.library.path=./DynamoDBLocal_lib',
    '-jar',
    'DynamoDBLocal.jar',
    '-inMemory',
    '-sharedDb',
    '-port',
    String(port),
  ]
  // Without it DynamoDB Local calls home.
  return start('dynamodb-local', port, 'java', given, {
    cwd: tools.dynamoDbLocal,
    env: { ...process.env, DDB_LOCAL_TELEMETRY: '0' },
  })
}

interface Started {
  readonly url: string
  readonly child: ChildProcess
}

async function start(
  name: string,
  port: number,
  program: string,
  given: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv },
): Promise<Started> {
  mkdirSync(logFolder, { recursive: true })
  const child = spawn(program, given, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const log = createWriteStream(join(logFolder, `${name}.log`))
  child.stdout.pipe(log)
  child.stderr.pipe(log)
  process.once('exit', () => child.kill())
  const url = `http://127.0.0.1:${port}`
  await until(`${name} answers`, async () => {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}: see ${join(logFolder, `${name}.log`)}`)
    return fetch(url).then(
      () => true,
      () => false,
    )
  })
  return { url, child }
}

/** Waits for a condition, looking again every fifth of a second. */
export async function until<T>(what: string, look: () => Promise<T | false | undefined>, seconds = 60): Promise<T> {
  const end = performance.now() + seconds * 1000
  for (;;) {
    const found = await look()
    if (found !== false && found !== undefined) return found
    if (performance.now() > end) throw new Error(`waited ${seconds} s in vain until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { logFolder } from './emulators.ts'
import { tools } from './tools.ts'

/** A function as the template describes it, with the folder of its bundle. */
export interface Bundle {
  readonly name: string
  readonly folder: string
  readonly handler: string
  readonly timeoutSeconds: number
  readonly memoryMegabytes: number
  readonly environment: Readonly<Record<string, string>>
  /** How far the clock of this instance is ahead: what a reminder waits hours for can be rehearsed in a second. */
  readonly millisecondsAhead?: number
}

/** A bundle under AWS's own runtime client, one instance, as Lambda would run it. */
export interface RunningFunction {
  readonly invoke: (event: unknown) => Promise<unknown>
  readonly stop: () => Promise<void>
}

/** A function that threw, ended or took longer than its time. */
class FunctionError extends Error {
  override readonly name = 'FunctionError'
}

interface Invocation {
  readonly id: string
  readonly event: unknown
  readonly settle: (outcome: { readonly value: unknown } | { readonly error: FunctionError }) => void
  timer?: NodeJS.Timeout
}

/** Starts a bundle; the Runtime API that the client asks for work (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html) is this process. */
export async function runFunction(bundle: Bundle): Promise<RunningFunction> {
  const queue: Invocation[] = []
  const running = new Map<string, Invocation>()
  let asking: ServerResponse | undefined
  let child: ChildProcess | undefined
  let stopped = false

  const server = createServer((request, response) => {
    void (async () => {
      const path = request.url ?? ''
      if (path.endsWith('/invocation/next')) {
        asking = response
        dispatch()
        return
      }
      const body = await textOf(request)
      const [, id, outcome] = /\/invocation\/([^/]+)\/(response|error)$/.exec(path) ?? []
      const one = id === undefined ? undefined : running.get(id)
      if (one !== undefined) {
        finish(
          one,
          outcome === 'response' ? { value: body === '' ? null : JSON.parse(body) } : { error: new FunctionError(body) },
        )
      } else if (path.endsWith('/init/error')) {
        for (const waiting of queue.splice(0))
          finish(waiting, { error: new FunctionError(`${bundle.name} does not start: ${body}`) })
      }
      response.writeHead(202)
      response.end('{}')
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const log = createWriteStream(join(logFolder, `${bundle.name}.log`))

  const finish = (one: Invocation, outcome: Parameters<Invocation['settle']>[0]) => {
    clearTimeout(one.timer)
    running.delete(one.id)
    one.settle(outcome)
  }

  const dispatch = () => {
    const one = asking === undefined ? undefined : queue.shift()
    if (asking === undefined || one === undefined) return
    running.set(one.id, one)
    one.timer = setTimeout(() => {
      finish(one, { error: new FunctionError(`${bundle.name} timed out after ${bundle.timeoutSeconds} s`) })
      child?.kill('SIGKILL')
    }, bundle.timeoutSeconds * 1000)
    asking.writeHead(200, {
      'Lambda-Runtime-Aws-Request-Id': one.id,
      'Lambda-Runtime-Deadline-Ms': String(Date.now() + (bundle.millisecondsAhead ?? 0) + bundle.timeoutSeconds * 1000),
      'Lambda-Runtime-Invoked-Function-Arn': `arn:aws:lambda:eu-west-1:123456789012:function:${bundle.name}`,
      'content-type': 'application/json',
    })
    asking.end(JSON.stringify(one.event))
    asking = undefined
  }

  const start = () => {
    child = spawn(process.execPath, [`--max-old-space-size=${bundle.memoryMegabytes}`, tools.runtimeClient, bundle.handler], {
      cwd: bundle.folder,
      env: {
        PATH: process.env['PATH'],
        ...bundle.environment,
        ...(bundle.millisecondsAhead !== undefined && clockAhead(bundle.millisecondsAhead)),
        AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
        LAMBDA_TASK_ROOT: bundle.folder,
        _HANDLER: bundle.handler,
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
        AWS_LAMBDA_FUNCTION_NAME: bundle.name,
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(bundle.memoryMegabytes),
        AWS_LAMBDA_LOG_GROUP_NAME: bundle.name,
        AWS_LAMBDA_LOG_STREAM_NAME: 'rehearsal',
        AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stdout?.pipe(log, { end: false })
    child.stderr?.pipe(log, { end: false })
    child.once('exit', (code, signal) => {
      child = undefined
      asking = undefined
      const error = new FunctionError(`${bundle.name} ended (${signal ?? code}): see ${join(logFolder, `${bundle.name}.log`)}`)
      for (const one of running.values()) finish(one, { error })
      if (stopped) return
      if (queue.length > 0) start()
    })
  }

  const killChild = () => child?.kill('SIGKILL')
  process.once('exit', killChild)
  return {
    invoke: async (event) =>
      new Promise((resolve, reject) => {
        const settle: Invocation['settle'] = (outcome) => ('error' in outcome ? reject(outcome.error) : resolve(outcome.value))
        queue.push({ id: randomUUID(), event, settle })
        if (child === undefined) start()
        dispatch()
      }),
    stop: async () => {
      stopped = true
      killChild()
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      log.end()
    },
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of request) text += String(part)
  return text
}

const clockAhead = (milliseconds: number): Record<string, string> => {
  const text = `const Real = Date
globalThis.Date = class extends Real {
  constructor(...given) { given.length === 0 ? super(Real.now() + ${milliseconds}) : super(...given) }
  static now() { return Real.now() + ${milliseconds} }
}`
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(text)}` }
}

import { join } from 'node:path'
import { openGate, type Gate } from './gate.ts'
import { credentials, type Clients } from './load.ts'
import { poll } from './poller.ts'
import type { Emulators } from './emulators.ts'
import type { Statement } from './policy.ts'
import { runFunction, type Bundle, type RunningFunction } from './runtime.ts'
import type { Resource, Template } from './template.ts'

/** The functions of a template, running under Lambda's own client, each behind a gate that enforces its role. */
export interface Stage {
  readonly functions: ReadonlyMap<string, RunningFunction>
  readonly bundles: ReadonlyMap<string, Bundle>
  readonly gates: ReadonlyMap<string, Gate>
  readonly failures: string[]
  readonly stop: () => Promise<void>
}

/** A function's name without the hash that CDK ends it with: `diagnose`. */
const nameOf = ({ id }: Resource): string => /^(.+?)Function[0-9A-F]{8}$/.exec(id)?.[1]?.toLowerCase() ?? id

/** Starts every function of the template and feeds those that read a queue. */
export async function openStage(template: Template, folder: string, emulators: Emulators, clients: Clients): Promise<Stage> {
  const { account, region } = template
  const functions = new Map<string, RunningFunction>()
  const bundles = new Map<string, Bundle>()
  const gates = new Map<string, Gate>()
  const failures: string[] = []
  for (const resource of template.resources.filter(({ type }) => type === 'AWS::Lambda::Function')) {
    const name = nameOf(resource)
    const { Code, Handler, Timeout, MemorySize, Environment, Role } = resource.properties as unknown as FunctionProperties
    const gate = await openGate({ ...emulators, statements: statementsOf(Role, template), account, region })
    gates.set(name, gate)
    const bundle: Bundle = {
      name,
      folder: join(folder, `asset.${Code.S3Key.replace(/\.zip$/, '')}`),
      handler: Handler,
      timeoutSeconds: Timeout,
      memoryMegabytes: MemorySize,
      environment: {
        ...Environment.Variables,
        AWS_REGION: region,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        AWS_ENDPOINT_URL: gate.url,
      },
    }
    bundles.set(name, bundle)
    functions.set(name, await runFunction(bundle))
  }
  const polls = template.resources
    .filter(({ type }) => type === 'AWS::Lambda::EventSourceMapping')
    .map(({ properties }) => {
      const { FunctionName, EventSourceArn, BatchSize } = properties as unknown as MappingProperties
      const name = nameOf({ id: FunctionName, type: '', properties: {} })
      const target = functions.get(name)
      if (target === undefined) throw new Error(`a queue feeds ${FunctionName}, which is not in the template`)
      const failed = (error: unknown) => failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`)
      return poll({ queues: clients.queues, queueArn: EventSourceArn, batchSize: BatchSize, region, target, failed })
    })
  return {
    functions,
    bundles,
    gates,
    failures,
    stop: async () => {
      await Promise.all(polls.map(({ stop }) => stop()))
      await Promise.all([...functions.values()].map(({ stop }) => stop()))
      await Promise.all([...gates.values()].map(({ close }) => close()))
    },
  }
}

interface FunctionProperties {
  readonly Code: { readonly S3Key: string }
  readonly Handler: string
  readonly Timeout: number
  readonly MemorySize: number
  readonly Environment: { readonly Variables: Readonly<Record<string, string>> }
  readonly Role: string
}

interface MappingProperties {
  readonly FunctionName: string
  readonly EventSourceArn: string
  readonly BatchSize: number
}

/** Everything that the policies of a role say. */
export function statementsOf(roleArn: string, { resources }: Template): Statement[] {
  const role = roleArn.split('/').at(-1) ?? ''
  return resources
    .filter(({ type, properties }) => type === 'AWS::IAM::Policy' && (properties['Roles'] as string[]).includes(role))
    .flatMap(({ properties }) => (properties['PolicyDocument'] as { Statement: Statement[] }).Statement)
}

import { runForwarder } from '../../forwarder/forwarder.ts'
import { KubeconfigError } from '../../forwarder/cluster/kubeconfig.ts'
import { ForwarderOptionsError, optionsFromEnv, optionsFromFile, type ForwarderOptions } from '../../forwarder/options.ts'
import { CommandError, exitCodes } from '../failure.ts'

export interface ForwardOptions {
  readonly config?: string
  readonly cluster?: string
  readonly context?: string
  readonly kubeconfig?: string
  readonly namespace?: readonly string[]
  readonly bus?: string
  readonly region?: string
  readonly endpoint?: string
  readonly spool?: string
  readonly port?: number
  readonly log?: string
}

/** `kulprit forward`: runs until it is told to stop. Flags win over the environment, and that over the file. */
export async function runForward({ config, namespace, ...flags }: ForwardOptions): Promise<number> {
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
  try {
    const options = {
      ...(config !== undefined && optionsFromFile(config)),
      ...optionsFromEnv(process.env),
      ...(namespace !== undefined && { namespaces: namespace }),
      ...flags,
    }
    // runForwarder checks them by its schema, field by field.
    const forwarder = await runForwarder(options as ForwarderOptions)
    await stopped
    await forwarder.stop()
    return exitCodes.ok
  } catch (error) {
    if (error instanceof ForwarderOptionsError) throw new CommandError(error.message, exitCodes.usage, { cause: error })
    if (error instanceof KubeconfigError) throw new CommandError(error.message, undefined, { cause: error })
    throw error
  }
}

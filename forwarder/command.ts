import { runForwarder, type RunningForwarder } from './forwarder.ts'
import { defined, optionsFromEnv, optionsFromFile, parseOptions, type ForwarderOptions } from './options.ts'

/** The flags of `kulprit forward`, as commander takes them; each has a variable of the environment, and a field in the file. */
export const forwardFlags: readonly (readonly [flags: string, description: string])[] = [
  ['--config <file>', 'options as JSON, by the names of the flags in camel case'],
  ['--cluster <name>', 'the name of the cluster in all that is sent [KULPRIT_CLUSTER]'],
  ['--context <name>', 'a context of the kubeconfig; inside of a cluster: its own service account [KULPRIT_CONTEXT]'],
  ['--kubeconfig <file>', 'where the kubeconfig is [KULPRIT_KUBECONFIG, KUBECONFIG]'],
  ['--namespaces <names...>', 'watch only these [KULPRIT_NAMESPACES]'],
  ['--bus <name>', 'name or ARN of the event bus [KULPRIT_BUS]'],
  ['--region <region>', 'region of the event bus [AWS_REGION]'],
  ['--endpoint <url>', 'a local hub instead of EventBridge, such as http://127.0.0.1:4180 [AWS_ENDPOINT_URL_EVENTBRIDGE]'],
  ['--spool <folder>', 'keep what cannot be delivered here, and not in memory [KULPRIT_SPOOL]'],
  ['--requests-per-second <number>', 'budget of requests for evidence (10) [KULPRIT_REQUESTS_PER_SECOND]'],
  ['--heartbeat-seconds <number>', 'time between heartbeats (60) [KULPRIT_HEARTBEAT_SECONDS]'],
  ['--port <number>', 'serve /metrics, /healthz and /readyz [KULPRIT_PORT]'],
  ['--log <level>', 'debug, info, warn, error or silent (info) [KULPRIT_LOG]'],
]

const numeric = new Set(['requestsPerSecond', 'heartbeatSeconds', 'port'])

/** Options of the file, over them the environment's, over them the flags'. */
export function forwardOptions(flags: Readonly<Record<string, unknown>>, env: NodeJS.ProcessEnv): ForwarderOptions {
  const { config, ...rest } = flags
  const given = Object.entries(rest).map(([name, value]) => [
    name,
    numeric.has(name) && value !== undefined ? Number(value) : value,
  ])
  return parseOptions(
    {
      ...(typeof config === 'string' && optionsFromFile(config)),
      ...optionsFromEnv(env),
      ...defined(Object.fromEntries(given) as Record<string, unknown>),
    },
    'kulprit forward',
  )
}

/** Runs a forwarder until SIGTERM or SIGINT, and resolves when what waited was delivered. */
export async function forward(
  flags: Readonly<Record<string, unknown>> = {},
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const forwarder: RunningForwarder = await runForwarder(forwardOptions(flags, env))
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve())
  })
  await forwarder.stop()
}

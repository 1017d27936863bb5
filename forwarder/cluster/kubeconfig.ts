import type { RequestOptions } from 'node:https'
import type { Credentials } from './connection.ts'

/** A context that a kubeconfig does not have, or cannot be used with. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError'
}

export interface KubeContext {
  readonly context: string
  readonly server: string
  readonly namespace: string
  readonly credentials: () => Promise<Credentials>
}

export interface KubeconfigOptions {
  readonly kubeconfig?: string
  readonly context?: string
  /** What exec plugins see in their environment instead of what this process has there; undefined takes a variable away. */
  readonly environment?: Readonly<Record<string, string | undefined>>
}

const freshFor = 60_000

/**
 * A context of a kubeconfig, with whatever its user signs in with (certificates, tokens, exec plugins, OIDC). Read again each minute,
 * since certificates and tokens in it are rotated in place.
 */
export async function fromKubeconfig(
  { kubeconfig, context, environment = {} }: KubeconfigOptions,
  now: () => number,
): Promise<KubeContext> {
  const { KubeConfig } = await import('@kubernetes/client-node')
  const load = () => {
    const config = new KubeConfig()
    if (kubeconfig === undefined) config.loadFromDefault()
    else config.loadFromFile(kubeconfig)
    if (context !== undefined) config.setCurrentContext(context)
    const exec = (config.getCurrentUser() as { exec?: { env?: object[] } | undefined } | null)?.exec
    if (exec) exec.env = [...Object.entries(environment).map(([name, value]) => ({ name, value })), ...(exec.env ?? [])]
    return config
  }
  let config = load()
  let readAt = now()
  const cluster = config.getCurrentCluster()
  if (cluster === null) {
    const known = config.getContexts().map(({ name }) => name)
    throw new KubeconfigError(
      `context ${context ?? config.getCurrentContext() ?? '(none)'} is not in the kubeconfig; it has ${known.join(', ') || 'none'}`,
    )
  }
  return {
    context: config.getCurrentContext(),
    server: cluster.server,
    namespace: config.getContextObject(config.getCurrentContext())?.namespace ?? 'default',
    credentials: async () => {
      if (now() - readAt > freshFor) {
        config = load()
        readAt = now()
      }
      const options: RequestOptions = {}
      await config.applyToHTTPSOptions(options)
      const { ca, cert, key, rejectUnauthorized, servername, headers, auth } = options
      const basic = auth ? { authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : {}
      return {
        headers: { ...(headers as Record<string, string> | undefined), ...basic },
        ...(ca && { ca: ca as Buffer }),
        ...(cert && { cert: cert as Buffer }),
        ...(key && { key: key as Buffer }),
        ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
        ...(servername !== undefined && { servername }),
        ...(cluster.proxyUrl !== undefined && options.agent instanceof Object && { agent: options.agent }),
      }
    },
  }
}

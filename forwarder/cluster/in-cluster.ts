import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Credentials } from './connection.ts'

const defaultAccount = '/var/run/secrets/kubernetes.io/serviceaccount'
/** The kubelet replaces a token when a fifth of its life is left; client-go reads it each minute too. */
const freshFor = 60_000

export interface InCluster {
  readonly server: string
  readonly namespace: string
  readonly credentials: () => Promise<Credentials>
}

/**
 * The way from a pod to its API server: the mounted token and certificate, read again as they are rotated. It is a few lines of its own
 * because client-node's KubeConfig brings 40 to 90 MB of generated models with it, more than all else that the forwarder holds.
 */
export async function inCluster(env: NodeJS.ProcessEnv, now: () => number): Promise<InCluster | undefined> {
  const {
    KUBERNETES_SERVICE_HOST: host,
    KUBERNETES_SERVICE_PORT: port = '443',
    KULPRIT_SERVICE_ACCOUNT_DIR: folder = defaultAccount,
  } = env
  if (host === undefined) return undefined
  const namespace = await readFile(join(folder, 'namespace'), 'utf8').catch(() => undefined)
  if (namespace === undefined) return undefined
  let read: { readonly at: number; readonly credentials: Credentials } | undefined
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    namespace: namespace.trim(),
    credentials: async () => {
      if (read === undefined || now() - read.at > freshFor) {
        const [token, ca] = await Promise.all([readFile(join(folder, 'token'), 'utf8'), readFile(join(folder, 'ca.crt'))])
        read = { at: now(), credentials: { ca, headers: { authorization: `Bearer ${token.trim()}` } } }
      }
      return read.credentials
    },
  }
}

import { toClusterName } from '../../shared/subject.ts'
import { CommandError, exitCodes, messageOf } from '../failure.ts'
import { kubeconfigFiles, type AccessOptions } from './access.ts'
import { suggestion } from './target.ts'

/** One cluster to watch: a context of the kubeconfig, and the name that the cluster goes by. */
export interface ClusterContext {
  readonly context: string
  readonly cluster: string
  readonly server: string
}

/** The clusters of the kubeconfig, one context each; only those of `wanted` where it names some. Empty without a kubeconfig. */
export async function clusterContexts(kubeconfig: string | undefined, wanted: readonly string[]): Promise<ClusterContext[]> {
  const options = kubeconfig === undefined ? {} : { kubeconfig }
  if (kubeconfigFiles(options).length === 0) {
    if (wanted.length > 0 || kubeconfig !== undefined)
      throw new CommandError(
        `${kubeconfig ?? 'the kubeconfig'} does not exist${wanted.length > 0 ? `, so there is no context ${wanted.join(', ')}` : ''}`,
      )
    return []
  }
  const config = await load(options)
  const known = config.getContexts().map(({ name }) => name)
  const unknown = wanted.find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new CommandError(`there is no context '${unknown}'${suggestion(unknown, known)}`, exitCodes.usage)
  const current = config.getCurrentContext()
  // Of several contexts of one cluster the current one has the credentials in use.
  const ordered =
    wanted.length > 0 ? wanted : [...known.filter((name) => name === current), ...known.filter((name) => name !== current)]
  const found: ClusterContext[] = []
  for (const context of ordered) {
    const server = config.getCluster(config.getContextObject(context)?.cluster ?? '')?.server
    if (server === undefined || found.some((other) => other.server === server)) continue
    found.push({ context, server, cluster: unusedName(toClusterName(context), found) })
  }
  return found
}

async function load({ kubeconfig }: AccessOptions) {
  const { KubeConfig } = await import('@kubernetes/client-node')
  const config = new KubeConfig()
  try {
    if (kubeconfig === undefined) config.loadFromDefault()
    else config.loadFromFile(kubeconfig)
    return config
  } catch (error) {
    throw new CommandError(`the kubeconfig cannot be read: ${messageOf(error)}`, undefined, { cause: error })
  }
}

function unusedName(name: string, taken: readonly ClusterContext[]): string {
  const isTaken = (candidate: string) => taken.some(({ cluster }) => cluster === candidate)
  if (!isTaken(name)) return name
  let n = 2
  while (isTaken(`${name.slice(0, 60)}-${n}`)) n++
  return `${name.slice(0, 60)}-${n}`
}

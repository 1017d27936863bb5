import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fromKubeconfig, type KubeContext } from '../../forwarder/cluster/kubeconfig.ts'
import { CommandError, messageOf } from '../failure.ts'

export interface AccessOptions {
  readonly kubeconfig?: string
  readonly context?: string
}

/** The files that a kubeconfig is read from, as kubectl looks for them; those that exist. */
export function kubeconfigFiles({ kubeconfig }: AccessOptions, env: NodeJS.ProcessEnv = process.env): string[] {
  return candidates(kubeconfig, env).filter((path) => existsSync(path))
}

const candidates = (kubeconfig: string | undefined, env: NodeJS.ProcessEnv): string[] => {
  if (kubeconfig !== undefined) return [kubeconfig]
  const { KUBECONFIG } = env
  if (KUBECONFIG !== undefined && KUBECONFIG !== '') return KUBECONFIG.split(delimiter).filter((path) => path !== '')
  return [join(homedir(), '.kube', 'config')]
}

/** A context of the kubeconfig, ready to be spoken to; an error says what is missing where. */
export async function accessOf(options: AccessOptions): Promise<KubeContext> {
  if (kubeconfigFiles(options).length === 0 && !isInCluster()) {
    throw new CommandError(
      `no kubeconfig: ${candidates(options.kubeconfig, process.env).join(', ')} does not exist. Give --kubeconfig FILE, or --dump DIRECTORY to diagnose a recorded cluster`,
    )
  }
  try {
    return await fromKubeconfig(options, Date.now)
  } catch (error) {
    throw new CommandError(`the kubeconfig cannot be used: ${messageOf(error)}`, undefined, { cause: error })
  }
}

const isInCluster = () => existsSync('/var/run/secrets/kubernetes.io/serviceaccount/token')

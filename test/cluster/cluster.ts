import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const beside = join(root, '../shared/cluster')

/** The folder of the cluster kit; undefined where there is none. */
export const kit: string | undefined = existsSync(join(beside, 'cluster')) ? beside : undefined

export const kubeconfig: string | undefined = process.env['KUBECONFIG'] ?? runningKit()

function runningKit(): string | undefined {
  if (kit === undefined || spawnSync(join(kit, 'cluster'), ['status'], { stdio: 'ignore' }).status !== 0) return undefined
  return execFileSync(join(kit, 'cluster'), ['kubeconfig'], { encoding: 'utf8' }).trim()
}

/** Why the suites cannot run; undefined where they can. */
export const noCluster: string | undefined =
  kubeconfig === undefined ? 'skipped: no KUBECONFIG is set, and no cluster of the kit runs' : undefined

if (kubeconfig !== undefined) process.env['KUBECONFIG'] = kubeconfig
if (noCluster !== undefined) process.stderr.write(`${noCluster}\n`)

/** Runs kubectl and gives what it prints. */
export const kubectl = (args: readonly string[], input?: string): string =>
  execFileSync('kubectl', args, { encoding: 'utf8', maxBuffer: 1 << 28, ...(input !== undefined && { input }) })

/** Stops or starts a component of the kit's cluster, or applies, fixes and deletes scenarios. */
export function runKit(program: 'cluster' | 'scenario', ...args: readonly string[]): string {
  if (kit === undefined) throw new Error('there is no cluster kit')
  return execFileSync(join(kit, program), args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
}

import { spawn } from 'node:child_process'
import { join } from 'node:path'

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export const kulprit = join(import.meta.dirname, '../../cli/kulprit.mjs')

/** Runs the command as a user does. */
export function run(given: readonly string[], input = '', env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const { KUBECONFIG: _, NODE_OPTIONS: __, ...rest } = process.env
    const child = spawn(process.execPath, [kulprit, ...given], { env: { ...rest, HOME: '/nonexistent', NO_COLOR: '1', ...env } })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
    child.stdin.end(input)
  })
}

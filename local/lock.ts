import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The data directory cannot be used. */
export class DataDirectoryError extends Error {
  override readonly name = 'DataDirectoryError'
}

/** Takes a data directory for this process alone; gives what releases it. */
export function lockDirectory(folder: string): () => void {
  const path = join(folder, 'lock')
  const owner = ownerOf(path)
  if (owner !== undefined) {
    throw new DataDirectoryError(
      `${folder} is in use by another kulprit (pid ${owner}): stop that one, or give this one its own with --data DIRECTORY`,
    )
  }
  writeFileSync(path, String(process.pid))
  return () => rmSync(path, { force: true })
}

/** The living process that holds the lock; one that was killed leaves its file behind. */
function ownerOf(path: string): number | undefined {
  let pid: number
  try {
    pid = Number(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return undefined
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? pid : undefined
  }
  return isKulprit(pid) ? pid : undefined
}

/** After a restart of the machine or the container, the number may belong to somebody else. */
function isKulprit(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('kulprit')
  } catch {
    return process.platform !== 'linux'
  }
}

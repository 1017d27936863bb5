import { readdirSync, statSync, type Dirent } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import type { KubernetesObject, Pod } from '../../shared/kubernetes.ts'
import type { ContainerLog, Snapshot } from '../../shared/observe/snapshot.ts'
import { toClusterName } from '../../shared/subject.ts'
import { CommandError, messageOf } from '../failure.ts'
import { readDocuments } from './documents.ts'
import { cut, readFrames } from './log-frames.ts'
import { readLog, readText } from './text-file.ts'

/** What was read, and when it was true. */
export interface Recording {
  readonly snapshot: Snapshot
  readonly cluster: string
  /** ISO 8601: the newest time found in it; undefined where it has none. */
  readonly at: string | undefined
  /** Each names its file. */
  readonly warnings: readonly string[]
}

const logFiles: Readonly<Record<string, { readonly previous: boolean }>> = {
  'logs.txt': { previous: false },
  'previous.txt': { previous: true },
}

/** Reads a directory as `kubectl cluster-info dump --output-directory` writes it, and every other JSON file in it. */
export function readDump(folder: string): Recording {
  const files = filesOf(folder)
  const objects: KubernetesObject[] = []
  const logs: ContainerLog[] = []
  const bare: { readonly path: string; readonly text: string; readonly previous: boolean }[] = []
  const warnings: string[] = []
  let newest: string | undefined

  const attempt = (path: string, read: () => void) => {
    try {
      read()
    } catch (error) {
      warnings.push(`${path}: not read: ${messageOf(error)}`)
    }
  }
  for (const path of files) {
    const kind = logFiles[basename(path)]
    if (kind !== undefined) {
      attempt(path, () => {
        const frames = readFrames(readLog(path), kind.previous)
        logs.push(...frames.logs)
        if (frames.logs.length === 0 && frames.rest.trim() !== '') bare.push({ path, text: frames.rest, ...kind })
      })
    } else if (path.endsWith('.json')) {
      attempt(path, () => {
        const documents = readDocuments(readText(path))
        for (const object of documents.objects) objects.push(object)
        for (const fault of documents.faults) warnings.push(`${path}: not valid JSON: ${fault}`)
        if (documents.newest !== undefined && documents.newest > (newest ?? '')) newest = documents.newest
      })
    }
  }
  if (objects.length === 0 && warnings.length === 0) {
    throw new CommandError(
      `${folder} holds no Kubernetes objects (${files.length === 0 ? 'it is empty' : `none of its ${files.length} files is a JSON object or List`}). ` +
        `Write a dump with: kubectl cluster-info dump --all-namespaces --output-directory ${folder}`,
    )
  }
  for (const { path, text, previous } of bare) {
    const log = withoutFrame(folder, path, text, previous, objects)
    if (log !== undefined) logs.push(log)
  }
  return { snapshot: { objects, logs }, cluster: toClusterName(basename(resolve(folder))), at: newest, warnings }
}

/** A log that somebody saved by hand belongs to its folder's pod, where that has only one container. */
function withoutFrame(
  folder: string,
  path: string,
  text: string,
  previous: boolean,
  objects: readonly KubernetesObject[],
): ContainerLog | undefined {
  const [pod = '', namespace = ''] = dirname(relative(folder, path)).split('/').toReversed()
  const found = objects.find(
    ({ kind, metadata }) => kind === 'Pod' && metadata?.name === pod && (metadata.namespace ?? namespace) === namespace,
  ) as Pod | undefined
  const [container, ...others] = found?.spec?.containers ?? []
  if (container?.name === undefined || others.length > 0) return undefined
  return { namespace, pod, container: container.name, previous, text: cut(text) }
}

function filesOf(folder: string): string[] {
  let entries: Dirent[]
  try {
    entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  } catch (error) {
    throw new CommandError(whyUnreadable(folder, error), undefined, { cause: error })
  }
  return entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

function whyUnreadable(folder: string, error: unknown): string {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return `${folder} does not exist`
  if (code === 'ENOTDIR' || (code === undefined && statSync(folder).isFile()))
    return `${folder} is a file; give the directory of a dump, or feed one file to standard input: kulprit diagnose --dump - < ${folder}`
  return `${folder} cannot be read: ${messageOf(error)}`
}

/** Reads what was piped in: objects, Lists, or a whole `kubectl cluster-info dump` with its logs. */
export function readStream(text: string): Recording {
  const { logs, rest } = readFrames(text, false)
  const { objects, faults, newest } = readDocuments(rest)
  if (objects.length === 0) {
    const why = text.trim() === '' ? 'is empty' : (faults[0] ?? 'is JSON, but no Kubernetes object or List')
    throw new CommandError(
      `standard input ${faults.length > 0 ? `is not valid JSON: ${why}` : why}. Feed it with: kubectl get pods,events -A -o json | kulprit diagnose --dump -`,
    )
  }
  return {
    snapshot: { objects, logs },
    cluster: 'stdin',
    at: newest,
    warnings: faults.map((fault) => `standard input: not valid JSON: ${fault}`),
  }
}

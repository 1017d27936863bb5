import { readFileSync } from 'node:fs'
import { diagnose } from '../../shared/diagnose.ts'
import { byWorstFirst, type Diagnosis } from '../../shared/diagnosis.ts'
import type { KubernetesObject } from '../../shared/kubernetes.ts'
import { observe } from '../../shared/observe/observe.ts'
import type { Snapshot } from '../../shared/observe/snapshot.ts'
import { clusterName } from '../../shared/subject.ts'
import { CommandError, exitCodes, messageOf } from '../failure.ts'
import { readDump, readStream, type Recording } from '../input/dump.ts'
import { decode } from '../input/text-file.ts'
import { aboutTarget, parseTarget } from '../input/target.ts'
import { colors } from '../output/colors.ts'
import { inContext } from '../output/in-context.ts'
import { renderMarkdown } from '../output/markdown.ts'
import { countWorkloads, summaryOf } from '../output/summary.ts'
import { renderTable } from '../output/table.ts'

export interface DiagnoseOptions {
  readonly namespace?: string
  readonly allNamespaces?: boolean
  readonly context?: string
  readonly kubeconfig?: string
  readonly dump?: string
  readonly cluster?: string
  readonly output: 'table' | 'json' | 'markdown'
  readonly verbose?: boolean
  readonly exitCode?: boolean
}

/** `kulprit diagnose`; gives the exit code. */
export async function runDiagnose(target: string | undefined, options: DiagnoseOptions): Promise<number> {
  const wanted = target === undefined ? undefined : parseTarget(target)
  const { snapshot, cluster, at, warnings, ...live } = await read(options)
  for (const warning of warnings) console.error(`kulprit: ${warning}`)
  const observedAt = at ?? new Date().toISOString()
  const namespace = options.allNamespaces === true ? undefined : (live.namespace ?? options.namespace)
  const seen = observe(snapshot, { cluster, now: observedAt })
  const observations =
    wanted === undefined ? seen.filter(({ subject }) => isIn(namespace, subject)) : aboutTarget(seen, snapshot, wanted, namespace)
  const diagnoses = observations.map((observation) => inContext(diagnose(observation), options.context)).sort(byWorstFirst)
  write({ cluster, observedAt, diagnoses }, options, () =>
    summaryOf(diagnoses, wanted === undefined ? countWorkloads(within(snapshot, namespace)) : 0),
  )
  const failing = diagnoses.some(({ severity }) => severity !== 'info')
  return options.exitCode === true && failing ? exitCodes.failuresFound : exitCodes.ok
}

/** What belongs to no namespace (a node) may be why the namespace's pods do not run. */
const isIn = (wanted: string | undefined, { namespace }: { readonly namespace?: string | undefined }) =>
  wanted === undefined || namespace === undefined || namespace === wanted

const within = (snapshot: Snapshot, namespace: string | undefined): Snapshot =>
  namespace === undefined
    ? snapshot
    : { ...snapshot, objects: snapshot.objects.filter(({ metadata }: KubernetesObject) => metadata?.namespace === namespace) }

async function read(options: DiagnoseOptions): Promise<Recording & { readonly namespace?: string | undefined }> {
  const { dump } = options
  if (options.cluster !== undefined && !clusterName.safeParse(options.cluster).success)
    throw new CommandError(`--cluster ${options.cluster}: a cluster's name is 1 to 63 of a-z, 0-9, "-" and "."`, exitCodes.usage)
  const recording = dump === undefined ? await live(options) : dump === '-' ? readStream(standardInput()) : readDump(dump)
  return options.cluster === undefined ? recording : { ...recording, cluster: options.cluster }
}

// What speaks to a cluster takes longer to load than a dump to diagnose.
const live = async (options: DiagnoseOptions) => (await import('../input/live-cluster.ts')).readCluster(options)

function standardInput(): string {
  try {
    return decode(readFileSync(0))
  } catch (error) {
    throw new CommandError(`standard input cannot be read: ${messageOf(error)}`, undefined, { cause: error })
  }
}

interface Result {
  readonly cluster: string
  readonly observedAt: string
  readonly diagnoses: readonly Diagnosis[]
}

function write(result: Result, { output, verbose = false }: DiagnoseOptions, summary: () => string): void {
  switch (output) {
    case 'json':
      process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
      return
    case 'markdown':
      process.stdout.write(renderMarkdown(result, summary()))
      return
    case 'table': {
      const isTerminal = process.stdout.isTTY
      const width = Math.min(isTerminal ? process.stdout.columns : 120, 140)
      if (result.diagnoses.length > 0) console.log(renderTable(result.diagnoses, { colors, width, verbose }))
      console.log(summary())
    }
  }
}

import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { CommandError, exitCodes } from './failure.ts'
import type { CausesOptions } from './commands/causes.ts'
import type { ClusterAddOptions } from './commands/cluster-add.ts'
import type { DiagnoseOptions } from './commands/diagnose.ts'
import type { ForwardOptions } from './commands/forward.ts'
import type { ActOptions, ApiOptions, ListOptions } from './commands/incidents.ts'
import type { RediagnoseOptions } from './commands/rediagnose.ts'
import type { StartOptions } from './commands/start.ts'

const program = new Command('kulprit')
  .description('Names the root cause of Kubernetes failures, with the evidence and the remedy.')
  .version('0.1.0')
  .showSuggestionAfterError()
  .showHelpAfterError('(kulprit --help shows how)')
  .enablePositionalOptions()
  .exitOverride()
  .addHelpText(
    'after',
    `
Examples:
  kulprit start                                  the whole product on this machine, with the clusters of your kubeconfig
  kulprit diagnose -A                            what fails in the current cluster, and why
  kulprit diagnose deploy/checkout -n shop       one workload
  kulprit diagnose --dump ./dump                 what was recorded with 'kubectl cluster-info dump'
  kulprit incidents --api http://127.0.0.1:4180  what failed, also before now
  kulprit causes ImageTagNotFound                what a cause means and how it is recognised

Exit codes: 0 it ran; 1 failures were found (diagnose --exit-code); 2 wrong usage; 3 the input could not be read.`,
  )

program
  .command('diagnose')
  .summary('name the root cause of what fails in a cluster or in a dump of one')
  .description(
    'Names the root cause of each failing workload, the worst and surest first, with the evidence, what changed, and commands to paste.',
  )
  .argument('[target]', 'POD or KIND/NAME, such as checkout-5d7c9f-x2x7k, deploy/checkout or node/worker-1')
  .option('-n, --namespace <name>', "only this namespace (live cluster: default is the context's)")
  .option('-A, --all-namespaces', 'every namespace')
  .option('--context <name>', 'a context of the kubeconfig instead of the current one')
  .option('--kubeconfig <file>', 'instead of $KUBECONFIG or ~/.kube/config')
  .option(
    '--dump <directory>',
    "read a directory of 'kubectl cluster-info dump' (- for standard input) instead of a live cluster",
  )
  .option('--cluster <name>', "the cluster's name in the result (default: from the context or the directory)")
  .addOption(new Option('-o, --output <format>', 'how to print').choices(['table', 'json', 'markdown']).default('table'))
  .option('-v, --verbose', 'table: all evidence and every change, whole')
  .option('--exit-code', 'exit with 1 when failures were found')
  .addHelpText(
    'after',
    `
Examples:
  kulprit diagnose                               the current context's namespace
  kulprit diagnose -A --context production       everything in a cluster
  kulprit diagnose checkout-5d7c9f-x2x7k -n shop
  kulprit diagnose sts/orders-db -n shop --output markdown > report.md
  kubectl cluster-info dump -A --output-directory dump && kulprit diagnose --dump dump
  kubectl get pods,events,deploy,rs -A -o json | kulprit diagnose --dump -
  kulprit diagnose -A --output json | jq -r '.diagnoses[].cause'

A dump: every *.json below the directory that holds a Kubernetes object or List, and the logs.txt and previous.txt of each pod.`,
  )
  .action(async (target: string | undefined, options: DiagnoseOptions) => {
    const { runDiagnose } = await import('./commands/diagnose.ts')
    process.exitCode = await runDiagnose(target, options)
  })

program
  .command('start')
  .summary('run the whole product on this machine')
  .description(
    'Runs the whole product in this process: watches the clusters of the kubeconfig, keeps incidents on disk, tells of them here and as mail, and serves the API.',
  )
  .option('--port <number>', 'of API and event endpoint, on 127.0.0.1', portOf, 4180)
  .option('--data <directory>', 'where incidents, undelivered messages and mail are kept', '.kulprit')
  .option('--context <name>', 'watch only this context of the kubeconfig; can be repeated', gather, [])
  .option('--kubeconfig <file>', 'instead of $KUBECONFIG or ~/.kube/config')
  .option('--replay <directory>', 'replay a recorded cluster (as diagnose --dump reads it) instead of watching live ones')
  .option('--smtp <url>', 'send mail too, such as smtp://user:password@mail.example.com:587')
  .option('--mail-to <address>', 'who is told by mail')
  .addOption(new Option('--no-open', 'do not open the page in a browser'))
  .addHelpText(
    'after',
    `
Examples:
  kulprit start                                  the clusters of your kubeconfig, or a recorded one where there is none
  kulprit start --context production --context staging
  kulprit start --replay ./dump                  what somebody else recorded
  kulprit start --smtp smtp://localhost:1025 --mail-to oncall@example.com

Then:
  curl 'http://127.0.0.1:4180/v1/incidents?status=open'
  kulprit incidents
  curl http://127.0.0.1:4180/local/dead-letters  messages that no function could take`,
  )
  .action(async (options: StartOptions) => {
    const { runStart } = await import('./commands/start.ts')
    process.exitCode = await runStart(options)
    process.exit()
  })

program
  .command('forward')
  .summary('watch one cluster and send what fails to the bus, as the container does')
  .description(
    'Watches one cluster and sends what fails to EventBridge, or to a Kulprit on another machine. Every option can be set by the environment or a file too.',
  )
  .option('--config <file>', 'a JSON file with the same options')
  .option('--cluster <name>', 'the name in all that is sent (KULPRIT_CLUSTER)')
  .option('--context <name>', 'a context of the kubeconfig (KULPRIT_CONTEXT); default: in-cluster, else the current one')
  .option('--kubeconfig <file>', 'instead of $KUBECONFIG or ~/.kube/config (KULPRIT_KUBECONFIG)')
  .option('-n, --namespace <name>', 'only this namespace, can be repeated (KULPRIT_NAMESPACES)', gather)
  .option('--bus <name>', 'the event bus (KULPRIT_BUS, default kulprit)')
  .option('--region <name>', 'of the bus (AWS_REGION)')
  .option('--endpoint <url>', 'a Kulprit that answers PutEvents, instead of AWS (AWS_ENDPOINT_URL_EVENTBRIDGE)')
  .option('--spool <directory>', 'keeps events that could not be delivered (KULPRIT_SPOOL); default: in memory')
  .option('--port <number>', 'serves /metrics, /healthz and /readyz (KULPRIT_PORT)', portOf)
  .option('--log <level>', 'debug, info, warn, error or silent (KULPRIT_LOG)')
  .addHelpText(
    'after',
    `
Examples:
  kulprit forward --context production --bus kulprit --region eu-west-1
  kulprit forward --endpoint http://127.0.0.1:4180          to 'kulprit start' on this machine`,
  )
  .action(async (options: ForwardOptions) => {
    const { runForward } = await import('./commands/forward.ts')
    process.exitCode = await runForward(options)
    process.exit()
  })

const incidents = program.command('incidents').summary('list, show, acknowledge and resolve incidents')
const withApi = (command: Command) =>
  command
    .addOption(
      new Option('--api <url>', "where 'kulprit start' or the HTTP API in AWS answers")
        .env('KULPRIT_API')
        .default('http://127.0.0.1:4180'),
    )
    .addOption(new Option('--token <jwt>', 'for an API behind a JWT authorizer').env('KULPRIT_TOKEN'))
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['table', 'json']).default('table'))

withApi(incidents.command('list', { isDefault: true }))
  .summary('the latest changed first')
  .option('--status <status>', 'open, acknowledged or resolved')
  .option('--cluster <name>')
  .option('-n, --namespace <name>')
  .option('--cause <code>', 'such as ImageTagNotFound')
  .option('--family <name>', 'such as image')
  .option('--since <time>', 'ISO 8601, such as 2026-11-25T00:00:00Z')
  .option('--limit <number>')
  .option('-q, --query <words>', 'words that must occur')
  .action(async (options: ListOptions) => (await import('./commands/incidents.ts')).listIncidents(options))
withApi(incidents.command('show <id>'))
  .summary('one incident with its evidence, remedies and history')
  .action(async (id: string, options: ApiOptions) => (await import('./commands/incidents.ts')).showIncident(id, options))
for (const [name, action, summary] of [
  ['ack', 'acknowledge', 'say that somebody is at it: no more reminders'],
  ['resolve', 'resolve', 'close it by hand'],
] as const) {
  withApi(incidents.command(`${name} <id>`))
    .summary(summary)
    .option('--by <name>', 'who does it (default: the user of this machine)')
    .option('--text <words>', 'why, for the history')
    .action(async (id: string, options: ActOptions) =>
      (await import('./commands/incidents.ts')).actOnIncident(action, id, options),
    )
}

program
  .command('causes [code]')
  .summary('what Kulprit can name, and how each is recognised')
  .addOption(new Option('-o, --output <format>', 'how to print').choices(['markdown', 'json']).default('markdown'))
  .action(async (code: string | undefined, options: CausesOptions) =>
    (await import('./commands/causes.ts')).runCauses(code, options),
  )

const cluster = program.command('cluster').summary('connect clusters to Kulprit in AWS')
cluster
  .command('add <name>')
  .summary('print what to run so that one more cluster sends to Kulprit')
  .description('Prints the configuration, the small stack and the helm command that let one more cluster send to Kulprit in AWS.')
  .addOption(
    new Option('--identity <type>', 'how the forwarder signs in to AWS; keys is for clusters outside AWS')
      .choices(['pod-identity', 'irsa', 'keys'])
      .default('pod-identity'),
  )
  .option('--eks-cluster <name>', "the cluster's name in EKS, where it is another (pod-identity)")
  .option('--issuer <url>', "the cluster's OIDC issuer (irsa)")
  .option('--account <id>', 'of the cluster, where it is another than that of Kulprit')
  .option('--region <name>', 'of the cluster, where it is another than that of Kulprit')
  .option('-n, --namespace <name>', 'where the forwarder is installed', 'kulprit')
  .option(
    '--image <repository[:tag]>',
    "build the forwarder's image for this address and install it from there (default: the chart's)",
  )
  .option('--config <file>', 'the configuration', 'kulprit.yaml')
  .option('--write', 'add the cluster to the configuration instead of printing what to add')
  .addHelpText(
    'after',
    `
Examples:
  kulprit cluster add prod-eu --write                                             an EKS cluster with Pod Identity
  kulprit cluster add prod-us --account 111122223333 --region us-east-1 --write   of another account and region
  kulprit cluster add prod-us --identity irsa --issuer https://oidc.eks.us-east-1.amazonaws.com/id/ABC
  kulprit cluster add prod-eu --image 111122223333.dkr.ecr.eu-west-1.amazonaws.com/kulprit-forwarder:0.1.0
  kulprit cluster add workshop --identity keys                                    outside AWS`,
  )
  .action(async (name: string, options: ClusterAddOptions) => {
    process.exitCode = (await import('./commands/cluster-add.ts')).runClusterAdd(name, options)
  })

program
  .command('rediagnose')
  .summary('diagnose stored incidents again with the rules of this version')
  .description(
    'Diagnoses the stored observations of incidents again, with the AWS credentials of this shell, and announces what became another.',
  )
  .requiredOption('--table <name>', 'the table (output TableName of the stack)')
  .option('--bus <name>', 'the event bus', 'kulprit')
  .option('--status <status>', 'open, acknowledged or resolved; can be repeated (default: open and acknowledged)', gather, [])
  .option('--cluster <name>')
  .option('--cause <code>', 'only incidents of this cause, such as UnexplainedExit')
  .option('--since <time>', 'changed since, ISO 8601')
  .option('--retention-days <number>', 'as in kulprit.yaml', '90')
  .option('--dry-run', 'say what would become another, and change nothing')
  .action(async (options: RediagnoseOptions) => {
    process.exitCode = await (await import('./commands/rediagnose.ts')).runRediagnose(options)
  })

try {
  await program.parseAsync()
} catch (error) {
  // What is still open after a failure (a listening socket, a timer) must not keep a failed command alive.
  process.exit(report(error))
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
  if (error instanceof CommandError) {
    console.error(`kulprit: ${error.message}`)
    return error.exitCode
  }
  console.error('kulprit: this is a fault in Kulprit itself:', error)
  return 70
}

function portOf(text: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError('a port is a number from 0 to 65535.')
  return port
}

function gather(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

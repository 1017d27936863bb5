import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { isMap, isNode, isSeq, parseDocument, stringify } from 'yaml'
import { ConfigurationError, parseConfiguration, readConfiguration, stackNameOf } from '../../infra/configuration.ts'
import type { ClusterConfiguration, Configuration } from '../../infra/configuration.ts'
import { toClusterName } from '../../shared/subject.ts'
import { CommandError, exitCodes } from '../failure.ts'

export interface ClusterAddOptions {
  readonly identity: 'pod-identity' | 'irsa' | 'keys'
  readonly eksCluster?: string
  readonly issuer?: string
  readonly account?: string
  readonly region?: string
  readonly namespace: string
  readonly config: string
  readonly write?: boolean
  /** REPOSITORY[:TAG] to build the forwarder's image for; default: the chart's. */
  readonly image?: string
}

/** Prints what to run so that one more cluster sends to Kulprit. */
export function runClusterAdd(name: string, options: ClusterAddOptions): number {
  const added = clusterOf(name, options)
  const { configuration, cluster, isNew } = configurationWith(added, options)
  if (isNew && options.write === true) writeCluster(options.config, added)
  console.log(stepsFor(configuration, cluster, { ...options, isNew: isNew && options.write !== true, added }))
  return exitCodes.ok
}

const forwarderAccount = 'kulprit-forwarder'

/** The cluster as it stands in the configuration: only what is not the default. */
function clusterOf(
  name: string,
  { identity, eksCluster, issuer, account, region, namespace }: ClusterAddOptions,
): Record<string, unknown> {
  if (toClusterName(name) !== name)
    throw new CommandError(`'${name}' cannot be a cluster's name; '${toClusterName(name)}' can`, exitCodes.usage)
  if (identity === 'irsa' && issuer === undefined)
    throw new CommandError(
      `--identity irsa needs --issuer: aws eks describe-cluster --name ${eksCluster ?? name} --query cluster.identity.oidc.issuer --output text`,
      exitCodes.usage,
    )
  return {
    name,
    ...(account !== undefined && { account }),
    ...(region !== undefined && { region }),
    identity: {
      type: identity,
      ...(identity === 'pod-identity' && { eksCluster: eksCluster ?? name }),
      ...(identity === 'irsa' && { issuer: issuer?.replace(/^https:\/\//, '') }),
      ...(identity !== 'keys' && namespace !== 'kulprit' && { namespace }),
    },
  }
}

function configurationWith(added: Record<string, unknown>, { config, identity }: ClusterAddOptions) {
  try {
    const before = readConfiguration(config, () => undefined)
    if (identity === 'keys' && before.region === undefined)
      throw new CommandError(`a cluster outside AWS knows no region of its own: give 'region' in ${config}`, exitCodes.usage)
    const known = before.clusters.find(({ name }) => name === added['name'])
    if (known !== undefined) return { configuration: before, cluster: known, isNew: false }
    const configuration = parseConfiguration({ ...before, clusters: [...before.clusters, added] }, config)
    const cluster = configuration.clusters.at(-1)
    if (cluster === undefined) throw new Error('the cluster that was added is not there')
    return { configuration, cluster, isNew: true }
  } catch (error) {
    if (error instanceof ConfigurationError) throw new CommandError(error.message, exitCodes.usage, { cause: error })
    throw error
  }
}

/** Adds the cluster to the file, of which every other line stays as it was written. */
function writeCluster(file: string, added: Record<string, unknown>): void {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const document = parseDocument(text)
  const clusters = isMap(document.contents) ? document.get('clusters', true) : undefined
  const [first] = isSeq(clusters) ? clusters.items : []
  if (isSeq(clusters) && clusters.flow !== true && isNode(first) && clusters.range && first.range) {
    const [, end] = clusters.range
    const indent = first.range[0] - text.lastIndexOf('\n', first.range[0]) - '- '.length - 1
    writeFileSync(
      file,
      `${text.slice(0, end).trimEnd()}\n${indented(listOf(added), indent)}${text.slice(end).replace(/^\n?/, '\n')}`,
    )
    return
  }
  document.set('clusters', document.createNode([...(isSeq(clusters) ? clusters.toJSON() : []), added]))
  writeFileSync(file, document.toString({ lineWidth: 0 }))
}

const listOf = (added: Record<string, unknown>): string => stringify([added], { lineWidth: 0 }).trimEnd()

const indented = (text: string, by: number): string =>
  text
    .split('\n')
    .map((line) => `${' '.repeat(by)}${line}`)
    .join('\n')

interface Printing extends ClusterAddOptions {
  readonly isNew: boolean
  readonly added: Record<string, unknown>
}

/** The commands in their order, each with what it is for. */
export function stepsFor(
  configuration: Configuration,
  cluster: ClusterConfiguration,
  { isNew, added, config, namespace, image }: Printing,
): string {
  const { name } = configuration
  const stack = `${name}-cluster-${stackNameOf(cluster.name)}`
  const isElsewhere = cluster.account !== undefined && cluster.account !== configuration.account
  const region = cluster.region ?? configuration.region
  const place = [cluster.account !== undefined && `account ${cluster.account}`, region !== undefined && `region ${region}`]
  const where = place.filter((one) => one !== false).join(', ')
  const output = (key: string) =>
    `$(aws cloudformation describe-stacks --stack-name ${stack}${region === undefined ? '' : ` --region ${region}`} --query "Stacks[0].Outputs[?OutputKey=='${key}'].OutputValue" --output text)`
  const steps = [
    isNew && [`Add the cluster to ${config} (or run this again with --write):`, `clusters:\n${indented(listOf(added), 2)}`],
    isElsewhere && [
      'Let its account put its events on the bus, with credentials of the central account:',
      `npx cdk deploy ${name}`,
    ],
    [`Give it what it sends with${where === '' ? '' : `, with credentials of ${where}`}:`, `npx cdk deploy ${stack}`],
    cluster.identity.type === 'keys' && [
      'Make its key, which is shown once, and hand it to the cluster:',
      keyCommands(output('UserName'), namespace),
    ],
    image !== undefined && [
      "Build the forwarder's image and push it to where the cluster pulls from (once for all clusters):",
      `docker buildx build --platform linux/amd64,linux/arm64 -f forwarder/Dockerfile -t ${image} --push .`,
    ],
    [
      "Install the forwarder, with the cluster's kubectl context:",
      helmCommand(cluster, configuration, output, { namespace, image }),
    ],
    [
      'It is live when this ends; GET /v1/clusters of the API shows it within a minute:',
      `kubectl rollout status deployment/${forwarderAccount} --namespace ${namespace}`,
    ],
  ]
  return steps
    .filter((step): step is [string, string] => step !== false)
    .map(([what, command], i) => `# ${i + 1}. ${what}\n${command}`)
    .join('\n\n')
}

const keyCommands = (user: string, namespace: string): string =>
  [
    `kubectl create namespace ${namespace} --dry-run=client -o yaml | kubectl apply -f -`,
    `aws iam create-access-key --user-name "${user}" --query 'AccessKey.[AccessKeyId,SecretAccessKey]' --output text |`,
    `  { read -r id secret; kubectl create secret generic ${forwarderAccount}-aws --namespace ${namespace} --from-literal=AWS_ACCESS_KEY_ID="$id" --from-literal=AWS_SECRET_ACCESS_KEY="$secret"; }`,
  ].join('\n')

function helmCommand(
  cluster: ClusterConfiguration,
  { name, account, region }: Configuration,
  output: (key: string) => string,
  { namespace, image }: { readonly namespace: string; readonly image: string | undefined },
): string {
  const { identity } = cluster
  const [, repository = image, tag] = /^(.+?)(?::([\w.-]+))?$/.exec(image ?? '') ?? []
  const busRegion = region ?? cluster.region
  const settings = [
    `cluster=${cluster.name}`,
    // Another account's bus has no name here, only its ARN.
    `bus.name=${account !== undefined && busRegion !== undefined ? `arn:aws:events:${busRegion}:${account}:event-bus/${name}` : name}`,
    busRegion !== undefined && `bus.region=${busRegion}`,
    `serviceAccount.name=${identity.type === 'keys' ? forwarderAccount : identity.serviceAccount}`,
    repository !== undefined && `image.repository=${repository}`,
    tag !== undefined && `image.tag=${tag}`,
    identity.type === 'pod-identity' && 'aws.podIdentity=true',
    identity.type === 'irsa' && `aws.roleArn="${output('RoleArn')}"`,
    identity.type === 'keys' && `aws.credentialsSecret=${forwarderAccount}-aws`,
  ]
  const given = settings.filter((one) => one !== false).map((one) => `  --set ${one}`)
  return [
    `helm upgrade --install ${forwarderAccount} infra/chart --namespace ${namespace} --create-namespace \\`,
    given.join(' \\\n'),
  ].join('\n')
}

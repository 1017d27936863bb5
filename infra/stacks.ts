import { Tags, Validations, type App, type Environment } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import { ClusterStack } from './cluster-stack.ts'
import { stackNameOf, type Configuration } from './configuration.ts'
import { KulpritStack } from './kulprit-stack.ts'

/** Holds every stack of the app to the rules of AWS Solutions: synthesis fails where one has a finding that nobody has explained. */
export function holdToRules(app: App): void {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
}

/** Adds the central stack and one for each cluster. */
export function addStacks(
  app: App,
  configuration: Configuration,
): { readonly kulprit: KulpritStack; readonly clusters: ClusterStack[] } {
  const { name, clusters } = configuration
  const kulprit = new KulpritStack(app, name, {
    configuration,
    description: 'Kulprit: root causes of Kubernetes failures',
    ...envOf(configuration),
  })
  const added = clusters.map((cluster) => {
    const id = `${name}-cluster-${stackNameOf(cluster.name)}`
    const { account = configuration.account, region = configuration.region } = cluster
    const stack = new ClusterStack(app, id, {
      configuration,
      cluster,
      description: `Kulprit: what the cluster ${cluster.name} sends with`,
      ...envOf({ account, region }),
    })
    return stack
  })
  Tags.of(app).add('application', name)
  return { kulprit, clusters: added }
}

function envOf({ account, region }: { readonly account?: string | undefined; readonly region?: string | undefined }): {
  env?: Environment
} {
  if (account === undefined && region === undefined) return {}
  return { env: { ...(account !== undefined && { account }), ...(region !== undefined && { region }) } }
}

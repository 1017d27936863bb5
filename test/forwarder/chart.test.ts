import { describe, expect, test } from '@jest/globals'
import { parseAllDocuments } from 'yaml'
import { optionsFromEnv, parseOptions } from '../../forwarder/options.ts'
import { kinds } from '../../forwarder/cluster/kinds.ts'
import { chart, helm, noHelm } from '../helm.ts'
import { chartModes } from './chart-modes.ts'

interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly annotations?: Record<string, string> }
  readonly rules?: readonly Rule[]
  readonly spec?: PodHolder
  readonly [field: string]: unknown
}
interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
  readonly resourceNames?: readonly string[]
}
interface PodHolder {
  readonly replicas?: number
  readonly egress?: readonly { readonly ports?: readonly { readonly port: number }[] }[]
  readonly template?: { readonly spec: PodPart }
}
interface PodPart {
  readonly serviceAccountName: string
  readonly priorityClassName?: string
  readonly securityContext: Record<string, unknown>
  readonly containers: readonly {
    readonly image: string
    readonly securityContext: Record<string, unknown>
    readonly env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[]
  }[]
  readonly volumes: readonly unknown[]
}

const sets = (values: readonly string[]) => values.flatMap((value) => ['--set', value])

async function render(values: readonly string[]): Promise<Manifest[]> {
  const text = await helm('template', 'kulprit', chart, '--namespace', 'kulprit', ...sets(values))
  return parseAllDocuments(text).flatMap((document) => (document.toJS() as Manifest | null) ?? [])
}

const rulesOf = (manifest: Manifest | undefined) =>
  (manifest?.rules ?? []).flatMap(({ apiGroups, resources, verbs, resourceNames }) =>
    apiGroups.flatMap((group) =>
      resources.map(
        (resource) =>
          `${group === '' ? 'core' : group}/${resource}${resourceNames === undefined ? '' : `[${resourceNames.join()}]`} ${verbs.join(' ')}`,
      ),
    ),
  )

const inNamespaces = [
  'core/pods get list watch',
  'core/events get list watch',
  'core/services get list watch',
  'core/persistentvolumeclaims get list watch',
  'core/resourcequotas get list watch',
  'core/limitranges get list watch',
  'core/serviceaccounts get list watch',
  'core/pods/log get',
  'apps/deployments get list watch',
  'apps/statefulsets get list watch',
  'apps/daemonsets get list watch',
  'apps/replicasets get list watch',
  'apps/controllerrevisions get list watch',
  'batch/jobs get list watch',
  'batch/cronjobs get list watch',
  'autoscaling/horizontalpodautoscalers get list watch',
  'networking.k8s.io/ingresses get list watch',
  'discovery.k8s.io/endpointslices get list watch',
]
const clusterWide = [
  'core/nodes get list watch',
  'core/persistentvolumes get list watch',
  'storage.k8s.io/storageclasses get list watch',
  'storage.k8s.io/volumeattachments get list watch',
]

const suite = noHelm === undefined ? describe : describe.skip
suite('the chart', () => {
  test.each(Object.entries(chartModes))('passes the strict linter and renders: %s', async (_mode, values) => {
    expect(await helm('lint', '--strict', chart, ...sets(values))).toContain('0 chart(s) failed')
    const kindsMade = (await render(values)).map(({ kind }) => kind)
    expect(kindsMade).toContain('Deployment')
    expect(kindsMade).not.toContain('Secret')
  })

  test('may read what it reads and nothing else, and no Secrets', async () => {
    const made = await render(['cluster=prod'])
    expect(rulesOf(made.find(({ kind }) => kind === 'ClusterRole'))).toEqual([...inNamespaces, ...clusterWide])
    expect(JSON.stringify(made)).not.toMatch(/"\*"|"secrets"|"configmaps"|"patch"|"delete"/)
  })

  test('may read every kind that the forwarder reads', async () => {
    const role = (await render(['cluster=prod'])).find(({ kind }) => kind === 'ClusterRole')
    const allowed = new Set(rulesOf(role))
    for (const { group, resource } of Object.values(kinds))
      expect(allowed).toContain(`${group === '' ? 'core' : group}/${resource} get list watch`)
  })

  test('writes its own Lease alone', async () => {
    const lease = (await render(['cluster=prod'])).find(
      ({ kind, metadata }) => kind === 'Role' && metadata.name === 'kulprit-lease',
    )
    expect(lease?.metadata.namespace).toBe('kulprit')
    expect(rulesOf(lease)).toEqual(['coordination.k8s.io/leases create', 'coordination.k8s.io/leases[kulprit] get update'])
  })

  test('in some namespaces has a Role in each, and no rights on the cluster', async () => {
    const made = await render(chartModes['some namespaces'] ?? [])
    expect(made.map(({ kind }) => kind)).not.toContain('ClusterRole')
    const roles = made.filter(({ kind, metadata }) => kind === 'Role' && metadata.name !== 'kulprit-lease')
    expect(roles.map(({ metadata }) => metadata.namespace)).toEqual(['shop', 'billing'])
    for (const role of roles) expect(rulesOf(role)).toEqual(inNamespaces)
  })

  test('runs as nobody, on a root that cannot be written, without privileges', async () => {
    const pod = podOf(await render(['cluster=prod']))
    expect(pod?.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
    })
    expect(pod?.containers[0]?.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
  })

  test.each(Object.entries(chartModes))('gives the forwarder options that it takes: %s', async (_mode, values) => {
    const env = Object.fromEntries(
      (podOf(await render(values))?.containers[0]?.env ?? []).map(({ name, value }) => [name, value ?? 'from-the-pod']),
    )
    const options = parseOptions(optionsFromEnv(env))
    expect(options).toMatchObject({
      spool: '/spool',
      port: 9090,
      leader: { namespace: 'from-the-pod', lease: 'kulprit', identity: 'from-the-pod' },
    })
    expect(env['KULPRIT_CLUSTER']).toBe(options.cluster)
  })

  test('binds the service account to an IAM role for IRSA', async () => {
    const account = (await render(chartModes['IRSA'] ?? [])).find(({ kind }) => kind === 'ServiceAccount')
    expect(account?.metadata.annotations).toEqual({ 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/kulprit-prod' })
  })

  test('lets the pod reach the agent of Pod Identity', async () => {
    const policy = (await render(chartModes['Pod Identity'] ?? [])).find(({ kind }) => kind === 'NetworkPolicy')
    expect(JSON.stringify(policy)).toContain('169.254.170.23/32')
  })

  test.each([
    ['no name of the cluster', [], /cluster/],
    ['a name that is none', ['cluster=Prod_1'], /cluster/],
    ['an unknown value', ['cluster=prod', 'replcas=3'], /replcas/],
    ['a role that is no ARN', ['cluster=prod', 'aws.roleArn=kulprit'], /roleArn/],
    ['a pull policy that is none', ['cluster=prod', 'image.pullPolicy=Sometimes'], /pullPolicy/],
  ])('refuses %s with the name of the value', async (_title, values, named) => {
    await expect(render(values)).rejects.toThrow(named)
  })
})

const podOf = (made: readonly Manifest[]) => made.find(({ kind }) => kind === 'Deployment')?.spec?.template?.spec

import { describe, expect, test } from '@jest/globals'
import { permissionsOf } from '../../scripts/permissions.ts'
import { isAllowed, type Call, type Statement } from '../../scripts/rehearse/policy.ts'
import { stackOf, synthesise } from './synthesise.ts'

const account = '111122223333'
const region = 'eu-west-1'
const bus = `arn:aws:events:${region}:${account}:event-bus/kulprit`
const clusters = [
  { name: 'prod.a', identity: { type: 'pod-identity', eksCluster: 'a' } },
  { name: 'prod.b', identity: { type: 'irsa', issuer: 'oidc.eks.eu-west-1.amazonaws.com/id/B' } },
  {
    name: 'away',
    account: '444455556666',
    region: 'us-east-1',
    identity: { type: 'irsa', issuer: 'oidc.eks.us-east-1.amazonaws.com/id/C' },
  },
  { name: 'outside', identity: { type: 'keys' } },
]
const templates = synthesise({ account, region, clusters, senders: { accounts: ['777788889999'] } })

/** The statements of a stack's policies, with the partition filled in. */
function statementsOf(stack: string): Statement[] {
  const template = stackOf(templates, stack)
  const policies = [
    ...Object.values(template.findResources('AWS::IAM::Policy')),
    ...Object.values(template.findResources('AWS::IAM::ManagedPolicy')),
  ]
  const plain = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(plain)
    if (typeof value !== 'object' || value === null) return value
    if ('Ref' in value) return value.Ref === 'AWS::Partition' ? 'aws' : value.Ref
    if ('Fn::Join' in value) return (plain((value['Fn::Join'] as unknown[])[1]) as string[]).join('')
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]))
  }
  return policies.flatMap(({ Properties }) => plain(Properties.PolicyDocument.Statement) as Statement[])
}

const put = (sources: readonly string[], types: readonly string[], resource = bus) => ({
  action: 'events:PutEvents',
  resource,
  context: { 'events:source': sources, 'events:detail-type': types },
})

describe.each(clusters)('the role of the cluster $name', ({ name }) => {
  const statements = statementsOf(`kulprit-cluster-${name.replace('.', '-')}`)
  const own = `kulprit.forwarder.${name}`

  test('may send the three events of its own cluster', () => {
    for (const type of ['Failure Observed', 'Workload Recovered', 'Cluster Heartbeat'])
      expect(isAllowed(statements, put([own], [type]))).toBe(true)
    expect(isAllowed(statements, put([own, own], ['Failure Observed', 'Cluster Heartbeat']))).toBe(true)
  })

  const forbidden: readonly [string, Call][] = [
    ['as another cluster', put(['kulprit.forwarder.other'], ['Failure Observed'])],
    ['as a cluster whose name begins with its own', put([`${own}2`], ['Failure Observed'])],
    ['as a cluster whose name its own would match as a pattern', put([own.replace('.', 'x')], ['Failure Observed'])],
    ['one entry of another cluster among its own', put([own, 'kulprit.forwarder.other'], ['Failure Observed'])],
    ['in the name of Kulprit itself', put(['kulprit'], ['Incident Changed'])],
    ['what only Kulprit announces', put([own], ['Incident Changed'])],
    ['on another bus', put([own], ['Failure Observed'], bus.replace('/kulprit', '/default'))],
    ['on a bus of that name elsewhere', put([own], ['Failure Observed'], bus.replace(region, 'eu-west-2'))],
    ['without saying in whose name', { ...put([], []), context: { 'events:detail-type': ['Failure Observed'] } }],
    ['without saying what', { ...put([], []), context: { 'events:source': [own] } }],
  ]
  test.each(forbidden.map(([title, call]) => ({ title, call })))('may not send $title', ({ call }) => {
    expect(isAllowed(statements, call)).toBe(false)
  })

  test('may do nothing else', () => {
    expect(new Set(statements.flatMap(({ Action }) => Action))).toEqual(new Set(['events:PutEvents']))
  })
})

describe('the bus', () => {
  const policies = Object.values(stackOf(templates, 'kulprit').findResources('AWS::Events::EventBusPolicy'))

  test('lets an account that is named with its cluster speak for that cluster alone', () => {
    const statement = policies
      .map(({ Properties }) => Properties)
      .find(({ StatementId }) => StatementId === 'cluster-away')?.Statement
    expect(JSON.stringify(statement.Principal)).toContain('444455556666')
    expect(statement.Condition).toEqual({
      'ForAllValues:StringEquals': {
        'events:source': ['kulprit.forwarder.away'],
        'events:detail-type': ['Failure Observed', 'Workload Recovered', 'Cluster Heartbeat'],
      },
      Null: { 'events:source': 'false', 'events:detail-type': 'false' },
    })
  })

  test('lets an account that is trusted as a whole speak for any cluster, and not for Kulprit', () => {
    const statement = policies
      .map(({ Properties }) => Properties)
      .find(({ StatementId }) => StatementId === 'account-777788889999')?.Statement
    expect(statement.Condition['ForAllValues:StringLike']).toEqual({ 'events:source': ['kulprit.forwarder.*'] })
  })

  test('lets in an organization by its id, and nobody by default', () => {
    const open = stackOf(synthesise({ senders: { organization: 'o-a1b2c3d4e5' } }), 'kulprit')
    open.hasResourceProperties('AWS::Events::EventBusPolicy', {
      Statement: { Principal: '*', Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } } },
    })
    expect(stackOf(synthesise(), 'kulprit').findResources('AWS::Events::EventBusPolicy')).toEqual({})
  })

  test('is reached from another account and region by the ARN in the cluster stack', () => {
    expect(statementsOf('kulprit-cluster-away').map(({ Resource }) => Resource)).toEqual([bus])
  })
})

describe('a service account', () => {
  test('of Pod Identity is the one of this cluster, namespace and name', () => {
    const [role] = Object.values(stackOf(templates, 'kulprit-cluster-prod-a').findResources('AWS::IAM::Role'))
    expect(role?.['Properties'].AssumeRolePolicyDocument.Statement).toMatchObject([
      {
        Action: ['sts:AssumeRole', 'sts:TagSession'],
        Principal: { Service: 'pods.eks.amazonaws.com' },
        Condition: {
          StringEquals: {
            'aws:RequestTag/kubernetes-namespace': 'kulprit',
            'aws:RequestTag/kubernetes-service-account': 'kulprit-forwarder',
          },
        },
      },
    ])
    stackOf(templates, 'kulprit-cluster-prod-a').hasResourceProperties('AWS::EKS::PodIdentityAssociation', {
      ClusterName: 'a',
      Namespace: 'kulprit',
      ServiceAccount: 'kulprit-forwarder',
    })
  })

  test('of IRSA is named by the issuer, with its audience', () => {
    const [role] = Object.values(stackOf(templates, 'kulprit-cluster-prod-b').findResources('AWS::IAM::Role'))
    expect(role?.['Properties'].AssumeRolePolicyDocument.Statement[0].Condition).toEqual({
      StringEquals: {
        'oidc.eks.eu-west-1.amazonaws.com/id/B:aud': 'sts.amazonaws.com',
        'oidc.eks.eu-west-1.amazonaws.com/id/B:sub': 'system:serviceaccount:kulprit:kulprit-forwarder',
      },
    })
  })

  test('outside AWS has a user without a key in the template', () => {
    const outside = stackOf(templates, 'kulprit-cluster-outside')
    outside.resourceCountIs('AWS::IAM::User', 1)
    outside.resourceCountIs('AWS::IAM::AccessKey', 0)
  })
})

describe('the permissions of the functions', () => {
  const rows = permissionsOf(stackOf(templates, 'kulprit').toJSON())

  test('name their resources; what holds a wildcard is known with its reason', () => {
    const wild = rows
      .filter(({ action, resource }) => action.includes('*') || resource.includes('*'))
      .map(({ role, action, resource }) => `${role} ${action} ${resource}`)
    expect(wild.sort()).toEqual([
      'EachMinute lambda:InvokeFunction SweepFunction.Arn:*',
      'Notify kms:GenerateDataKey* Key.Arn',
      'Sweep kms:GenerateDataKey* Key.Arn',
    ])
  })

  test('let no function scan or change the table, nor speak for a forwarder', () => {
    const actions = new Set(rows.map(({ action }) => action))
    for (const action of ['dynamodb:Scan', 'dynamodb:UpdateTable', 'dynamodb:DeleteTable', 'dynamodb:*', 'events:*', 'sns:*'])
      expect(actions.has(action)).toBe(false)
    for (const { condition } of rows.filter(({ action }) => action === 'events:PutEvents'))
      expect(condition).toContain('events:source = kulprit,')
  })

  test('let notify read and write what was told, and not announce', () => {
    expect(rows.filter(({ role }) => role === 'Notify').map(({ action }) => action)).not.toContain('events:PutEvents')
  })
})

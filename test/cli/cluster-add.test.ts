import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { parseConfiguration } from '../../infra/configuration.ts'
import { chart, helm, noHelm } from '../helm.ts'

const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'kulprit-cluster-add-'))
afterAll(() => rmSync(folder, { recursive: true }))
const config = join(folder, 'kulprit.yaml')

async function clusterAdd(...given: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const cli = join(import.meta.dirname, '../../cli/kulprit.mjs')
  try {
    return { code: 0, ...(await run(process.execPath, [cli, 'cluster', 'add', ...given, '--config', config])) }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, stdout, stderr }
  }
}

/** The settings of the helm command in what was printed. */
const settingsOf = (printed: string): string[] =>
  [...printed.matchAll(/--set (\S+?="\$\([^)]*\)"|\S+)/g)].map(([, setting = '']) => setting)

describe('kulprit cluster add', () => {
  test('prints what to write, the stack and the helm command, in their order', async () => {
    writeFileSync(config, 'region: eu-west-1\n')
    const { code, stdout } = await clusterAdd('prod-eu')
    expect(code).toBe(0)
    expect(stdout.split('\n').filter((line) => !line.startsWith('#') && line !== '')).toEqual([
      'clusters:',
      '  - name: prod-eu',
      '    identity:',
      '      type: pod-identity',
      '      eksCluster: prod-eu',
      'npx cdk deploy kulprit-cluster-prod-eu',
      'helm upgrade --install kulprit-forwarder infra/chart --namespace kulprit --create-namespace \\',
      '  --set cluster=prod-eu \\',
      '  --set bus.name=kulprit \\',
      '  --set bus.region=eu-west-1 \\',
      '  --set serviceAccount.name=kulprit-forwarder \\',
      '  --set aws.podIdentity=true',
      'kubectl rollout status deployment/kulprit-forwarder --namespace kulprit',
    ])
  })

  test('prints for a cluster of another account how the bus lets it in, and the ARN of the bus', async () => {
    writeFileSync(config, "account: '111122223333'\nregion: eu-west-1\n")
    const { stdout } = await clusterAdd('far', '--account', '444455556666', '--region', 'us-east-1')
    expect(stdout).toContain('npx cdk deploy kulprit\n')
    expect(settingsOf(stdout)).toContain('bus.name=arn:aws:events:eu-west-1:111122223333:event-bus/kulprit')
  })

  test('says how to build the image, and installs it from where it was pushed to', async () => {
    writeFileSync(config, 'region: eu-west-1\n')
    const image = 'registry.example.com:5000/kulprit/forwarder'
    const { stdout } = await clusterAdd('prod-eu', '--image', `${image}:0.1.0`)
    expect(stdout).toContain(`-f forwarder/Dockerfile -t ${image}:0.1.0 --push .`)
    expect(settingsOf(stdout)).toEqual(expect.arrayContaining([`image.repository=${image}`, 'image.tag=0.1.0']))
  })

  test('never prints a key, but how to make one', async () => {
    writeFileSync(config, 'region: eu-west-1\n')
    const { stdout } = await clusterAdd('workshop', '--identity', 'keys')
    expect(stdout).toContain('aws iam create-access-key')
    expect(settingsOf(stdout)).toContain('aws.credentialsSecret=kulprit-forwarder-aws')
  })

  test('writes the cluster into the configuration and leaves its other lines alone', async () => {
    const before =
      '# ours\nregion: eu-west-1\nclusters:\n  # the first\n  - name: a\n    identity: { type: keys }\nlogDays: 7 # a week\n'
    writeFileSync(config, before)
    await clusterAdd('b', '--write')
    const after = readFileSync(config, 'utf8')
    expect(after.replace('  - name: b\n    identity:\n      type: pod-identity\n      eksCluster: b\n', '')).toBe(before)
    expect(parseConfiguration(parse(after), config).clusters.map(({ name }) => name)).toEqual(['a', 'b'])
  })

  test.each([
    [['Prod_1'], "'Prod_1' cannot be a cluster's name; 'prod-1' can"],
    [['a', '--identity', 'irsa'], '--identity irsa needs --issuer: aws eks describe-cluster --name a'],
    [['a', '--identity', 'keys'], "a cluster outside AWS knows no region of its own: give 'region'"],
    [['a', '--account', '12'], 'clusters[0].account: an account is 12 digits, in quotes'],
  ])('refuses %j and says what is wrong', async (given, complaint) => {
    writeFileSync(config, "account: '111122223333'\n")
    const { code, stderr } = await clusterAdd(...given)
    expect(code).toBe(2)
    expect(stderr).toContain(complaint)
  })

  const onlyWithHelm = noHelm === undefined ? test : test.skip
  onlyWithHelm.each([
    ['pod-identity', []],
    ['irsa', ['--issuer', 'https://oidc.eks.eu-west-1.amazonaws.com/id/A']],
    ['keys', []],
  ])('prints a helm command that the chart takes, with %s', async (identity, more) => {
    writeFileSync(config, 'region: eu-west-1\n')
    const { stdout } = await clusterAdd('prod-eu', '--identity', identity, ...more)
    const settings = settingsOf(stdout).map((setting) =>
      setting.replace(/"\$\(.*\)"/, 'arn:aws:iam::111122223333:role/forwarder'),
    )
    const manifests = await helm(
      'template',
      'kulprit-forwarder',
      chart,
      '--namespace',
      'kulprit',
      ...settings.flatMap((one) => ['--set', one]),
    )
    expect(manifests).toContain('name: kulprit-forwarder\n')
    expect(manifests).toMatch(/kind: Deployment[\s\S]*serviceAccountName: kulprit-forwarder/)
  })
})

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import * as z from 'zod'
import { diagnosis } from '../../shared/diagnosis.ts'
import { run } from './command.ts'

const recording = 'local/recording'
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kulprit-cli-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('kulprit diagnose', () => {
  it('prints cluster, time and diagnoses as JSON, the worst and surest first', async () => {
    const { code, stdout, stderr } = await run(['diagnose', '--dump', recording, '--output', 'json'])
    const { diagnoses, ...rest } = z
      .strictObject({ cluster: z.string(), observedAt: z.iso.datetime(), diagnoses: z.array(diagnosis) })
      .parse(JSON.parse(stdout))
    expect({ code, stderr, cluster: rest.cluster }).toEqual({ code: 0, stderr: '', cluster: 'recording' })
    const rank = diagnoses.map(
      ({ severity, confidence }) =>
        `${['critical', 'warning', 'info'].indexOf(severity)}${['certain', 'likely', 'possible'].indexOf(confidence)}`,
    )
    expect(rank).toEqual(rank.toSorted())
    expect(diagnoses.find(({ cause }) => cause === 'ImageTagNotFound')?.subject).toMatchObject({
      namespace: 'shop',
      container: 'web',
      workload: { kind: 'Deployment', name: 'checkout' },
    })
    expect(diagnoses.some(({ subject }) => subject.namespace === 'orders' || subject.namespace === 'backfill')).toBe(false)
  })

  it('says in its first line who fails, where, of what and how sure that is', async () => {
    const { stdout } = await run(['diagnose', 'deploy/checkout', '-n', 'shop', '--dump', recording])
    const lines = stdout.split('\n')
    expect(lines[0]).toBe('● Deployment checkout in recording/shop: ImageTagNotFound (certain)')
    expect(stdout).toContain('changed  containers[web].image: registry.test/shop/server:1.4.2 → registry.test/shop/server:1.4.3')
    expect(stdout).toContain('  kubectl set image deployment/checkout web=registry.test/shop/server:1.4.2 -n shop')
    expect(lines.at(-2)).toBe('1 failure')
  })

  it('writes a report in Markdown', async () => {
    const { stdout } = await run(['diagnose', '--dump', recording, '-n', 'shop', '--output', 'markdown'])
    expect(stdout).toMatch(/^# recording: 1 failure in 1 workload\n/)
    expect(stdout).toContain('## Deployment checkout: The tag does not exist')
    expect(stdout).toContain('```sh')
  })

  it('reads standard input', async () => {
    const pod = {
      kind: 'Pod',
      metadata: { name: 'a', namespace: 'shop' },
      spec: { containers: [{ name: 'web', image: 'Nginx' }] },
      status: {
        phase: 'Pending',
        containerStatuses: [
          {
            name: 'web',
            state: {
              waiting: {
                reason: 'InvalidImageName',
                message: 'couldn\'t parse image name "Nginx": invalid reference format: repository name must be lowercase',
              },
            },
          },
        ],
      },
    }
    const { stdout } = await run(['diagnose', '--dump', '-', '-o', 'json'], JSON.stringify({ kind: 'List', items: [pod] }))
    expect(JSON.parse(stdout)).toMatchObject({ cluster: 'stdin', diagnoses: [{ cause: 'InvalidImageReference' }] })
  })

  it('says that nothing is failing where all is well, and exits with 0 even when asked for failures', async () => {
    const { code, stdout } = await run(['diagnose', '--dump', join(recording, 'orders'), '--exit-code'])
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'nothing is failing in 2 workloads\n' })
  })

  it('exits with 1 on failures when asked to', async () => {
    expect(await run(['diagnose', '--dump', join(recording, 'shop'), '--exit-code', '-o', 'json'])).toMatchObject({ code: 1 })
  })

  it('warns of a broken file and diagnoses the rest', async () => {
    writeFileSync(join(folder, 'broken.json'), '{"kind":')
    writeFileSync(join(folder, 'unknown.json'), '{"kind":"Sprocket","metadata":{"name":"s"}}')
    const { code, stdout, stderr } = await run(['diagnose', '--dump', folder])
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'nothing is failing\n' })
    expect(stderr).toMatch(/^kulprit: .*broken\.json: not valid JSON: /)
  })

  it.each([
    [['diagnose', '--dump', '/nonexistent'], 3, 'kulprit: /nonexistent does not exist'],
    [['diagnose', '--dump', 'package.json'], 3, 'package.json is a file; give the directory'],
    [['diagnose'], 3, 'no kubeconfig: /nonexistent/.kube/config does not exist'],
    [['diagnose', 'deplyo/web', '--dump', recording], 2, "unknown kind 'deplyo', did you mean 'deploy'?"],
    [['diagnose', '--dmup', recording], 2, 'Did you mean --dump?'],
    [['diagnose', '-o', 'yaml'], 2, 'Allowed choices are table, json, markdown.'],
    [['dignose'], 2, 'Did you mean diagnose?'],
    [['diagnose', '--dump', recording, '--cluster', 'A B'], 2, "a cluster's name is 1 to 63 of"],
    [['causes', 'ImageTagNotFund'], 2, "did you mean 'ImageTagNotFound'?"],
    [['incidents', '--api', 'http://127.0.0.1:1'], 3, 'the API at http://127.0.0.1:1 does not answer'],
  ])('tells what is wrong with %j', async (given, code, message) => {
    const ran = await run(given)
    expect(ran.stderr).toContain(message)
    expect(ran).toMatchObject({ code, stdout: '' })
  })

  it('names the context and the server of a kubeconfig that points nowhere', async () => {
    const kubeconfig = join(folder, 'kubeconfig')
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'prod',
      contexts: [{ name: 'prod', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
      users: [{ name: 'u', user: {} }],
    }
    writeFileSync(kubeconfig, JSON.stringify(config))
    const { code, stderr } = await run(['diagnose'], '', { KUBECONFIG: kubeconfig })
    expect(code).toBe(3)
    expect(stderr).toContain('context prod (https://127.0.0.1:1) does not answer: connect ECONNREFUSED')
  })

  it('teaches by example', async () => {
    const { code, stdout } = await run(['diagnose', '--help'])
    expect(code).toBe(0)
    expect(stdout).toContain('kulprit diagnose --dump dump')
  })
})

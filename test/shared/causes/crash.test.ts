import { describe, expect, it } from '@jest/globals'
import { crash } from '../../../shared/causes/crash.ts'
import { crashes, killing, unhealthy, type Crash } from './crash-cases.ts'
import { crashed } from './crashing-pod.ts'

const causeOf = (given: Crash) => crashed(given)?.cause

describe('the family crash', () => {
  it.each(crashes)('names %s where it is the cause', (cause, wins) => {
    expect(causeOf(wins)).toBe(cause)
  })

  it.each(crashes)('does not take another failure for %s', (_, __, near, misses) => {
    expect(causeOf(misses)).toBe(near)
  })

  it('has a winning case for each of its causes', () => {
    expect(new Set(crashes.map(([cause]) => cause))).toEqual(new Set(crash.map(({ code }) => code)))
  })

  it('is certain only of what the system or the program itself said', () => {
    expect(crashed({ exitCode: 137, reason: 'OOMKilled' })?.confidence).toBe('certain')
    expect(crashed({ exitCode: 137 })?.confidence).toBe('possible')
    expect(crashed({ exitCode: 139 })?.confidence).toBe('likely')
  })

  it('is less sure of what is said in passing', () => {
    const quiet = crashed({
      exitCode: 3,
      log: '{"level":"info","msg":"connection failed, retrying: password authentication failed for user \\"app\\""}',
    })
    expect(quiet).toMatchObject({ cause: 'DependencyAuthFailure', confidence: 'possible' })
  })

  it('names memory limit, exit code and restarts, and suggests a limit to try', () => {
    const found = crashed({ exitCode: 137, reason: 'OOMKilled', container: { resources: { limits: { memory: '96Mi' } } } })
    expect(found?.explanation).toContain('Its memory limit is 96Mi.')
    expect(found?.explanation).toContain('exit code 137 (SIGKILL')
    expect(found?.explanation).toContain('was restarted 6 times')
    expect(found?.remedies.map(({ command }) => command)).toContain(
      'kubectl set resources statefulset/web -c app --limits=memory=192Mi --requests=memory=96Mi -n shop',
    )
  })

  it('says which port a program listens on when its probe asks another one, and patches that', () => {
    const found = crashed({
      exitCode: 2,
      log: 'listening on :8080',
      container: { livenessProbe: { httpGet: { path: '/healthz', port: 8081 }, periodSeconds: 5 } },
      events: [
        unhealthy(
          'Liveness probe failed: Get "http://10.0.0.1:8081/healthz": dial tcp 10.0.0.1:8081: connect: connection refused',
        ),
        killing('liveness'),
      ],
    })
    expect(found).toMatchObject({ cause: 'LivenessProbeFailing', confidence: 'likely' })
    expect(found?.explanation).toContain('listens on port 8080 and the probe asks port 8081')
    expect(found?.remedies.map(({ command }) => command)).toContain(
      `kubectl patch statefulset/web -n shop --patch '{"spec":{"template":{"spec":{"containers":[{"name":"app","livenessProbe":{"httpGet":{"port":8080,"path":"/healthz"}}}]}}}}'`,
    )
  })

  it('turns service links off where they collide', () => {
    const found = crashed({ log: 'Error: REDIS_PORT is not a number: tcp://10.96.0.10:6379' })
    expect(found).toMatchObject({ cause: 'ServiceLinkCollision' })
    expect(found?.remedies[0]?.command).toBe(
      `kubectl patch statefulset/web -n shop --patch '{"spec":{"template":{"spec":{"enableServiceLinks":false}}}}'`,
    )
    expect(
      causeOf({ log: 'Error: REDIS_PORT is not a number: tcp://10.96.0.10:6379', spec: { enableServiceLinks: false } }),
    ).not.toBe('ServiceLinkCollision')
  })

  it('grants the right that the API server misses', () => {
    const found = crashed({
      log: 'E0101 10:00:00.000000 1 main.go:9] pods is forbidden: User "system:serviceaccount:shop:web" cannot list resource "pods" in API group "" at the cluster scope',
    })
    expect(found).toMatchObject({ cause: 'DependencyAuthFailure' })
    expect(found?.remedies[0]?.command).toBe('kubectl auth can-i list pods --as=system:serviceaccount:shop:web')
  })

  it('quotes the last words of what it cannot explain', () => {
    const found = crashed({ exitCode: 3, log: 'starting\ncounting to ten' })
    expect(found).toMatchObject({ cause: 'UnexplainedExit', confidence: 'possible' })
    expect(found?.explanation).toContain('counting to ten')
  })
})

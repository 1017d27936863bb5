import { describe, expect, it } from '@jest/globals'
import { crash } from '../../../shared/causes/crash.ts'
import { diagnose } from '../../../shared/diagnose.ts'
import type { Diagnosis } from '../../../shared/diagnosis.ts'
import type { KubernetesObject } from '../../../shared/kubernetes.ts'
import { observe } from '../../../shared/observe/observe.ts'
import { warning } from './failing-pod.ts'

const now = '2026-01-01T01:00:00.000Z'

interface Crash {
  readonly log?: string
  readonly exitCode?: number
  readonly reason?: string
  readonly message?: string
  readonly container?: Record<string, unknown>
  readonly spec?: Record<string, unknown>
  readonly events?: readonly KubernetesObject[]
  readonly running?: boolean
}

/** The diagnosis of a container of Deployment web that crashes, or runs without being ready. */
function crashed({
  log,
  exitCode = 1,
  reason,
  message,
  container = {},
  spec = {},
  events = [],
  running = false,
}: Crash): Diagnosis | undefined {
  const terminated = {
    exitCode,
    reason: reason ?? (exitCode === 0 ? 'Completed' : 'Error'),
    startedAt: '2026-01-01T00:58:00Z',
    finishedAt: '2026-01-01T00:58:20Z',
    ...(message !== undefined && { message }),
  }
  const state = running ? { running: { startedAt: '2026-01-01T00:50:00Z' } } : { waiting: { reason: 'CrashLoopBackOff' } }
  const pod = {
    kind: 'Pod',
    metadata: {
      namespace: 'shop',
      name: 'web-1',
      uid: 'u1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      ownerReferences: [{ kind: 'StatefulSet', name: 'web', controller: true }],
    },
    spec: {
      nodeName: 'node-1',
      restartPolicy: 'Always',
      containers: [{ name: 'app', image: 'registry.example.com/web:2', ...container }],
      ...spec,
    },
    status: {
      phase: 'Running',
      containerStatuses: [
        {
          name: 'app',
          ready: false,
          restartCount: running ? 0 : 6,
          image: 'registry.example.com/web:2',
          state,
          ...(!running && { lastState: { terminated } }),
        },
      ],
    },
  }
  const logs = log === undefined ? [] : [{ namespace: 'shop', pod: 'web-1', container: 'app', previous: true, text: log }]
  const [first] = observe({ objects: [pod, ...events], logs }, { cluster: 'test', now })
  return first && diagnose(first)
}

const causeOf = (given: Crash) => crashed(given)?.cause

const killing = (kind: string) => warning('Killing', `Container app failed ${kind} probe, will be restarted`, { type: 'Normal' })
const unhealthy = (message: string) => warning('Unhealthy', message)

/** For each cause a failure that it explains, and one that reads alike and is another's. */
const cases: readonly (readonly [cause: string, wins: Crash, near: string, misses: Crash])[] = [
  ['ContainerOutOfMemory', { exitCode: 137, reason: 'OOMKilled' }, 'UnexplainedExit', { exitCode: 137 }],
  [
    'ContainerOutOfMemory',
    { exitCode: 134, log: 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory' },
    'NativeCrash',
    { exitCode: 134 },
  ],
  [
    'ContainerOutOfMemory',
    { log: '[ERROR] Worker (pid:7) was sent SIGKILL! Perhaps out of memory?' },
    'ApplicationException',
    { log: 'RuntimeError: CUDA error: out of memory' },
  ],
  [
    'LivenessProbeFailing',
    { exitCode: 137, events: [killing('liveness'), unhealthy('Liveness probe failed: HTTP probe failed with statuscode: 404')] },
    'ApplicationException',
    {
      log: "TypeError: Cannot read properties of null (reading 'id')",
      events: [unhealthy('Liveness probe failed: Get "http://10.0.0.1:80/": connect: connection refused')],
    },
  ],
  [
    'StartupProbeFailing',
    {
      exitCode: 137,
      events: [killing('startup'), unhealthy('Startup probe failed: dial tcp 10.0.0.1:8080: connect: connection refused')],
    },
    'PortInUse',
    {
      log: 'listen tcp :8080: bind: address already in use',
      events: [unhealthy('Startup probe failed: dial tcp 10.0.0.1:8080: connect: connection refused')],
    },
  ],
  [
    'ReadinessProbeFailing',
    { running: true, events: [unhealthy('Readiness probe failed: HTTP probe failed with statuscode: 503')] },
    'UnexplainedExit',
    { events: [unhealthy('Readiness probe failed: HTTP probe failed with statuscode: 503')] },
  ],
  [
    'CommandNotFound',
    { exitCode: 127, log: 'sh: 1: gunicorn: not found' },
    'MissingFile',
    { log: "sh: 0: can't open '/scripts/start.sh': No such file or directory" },
  ],
  [
    'CommandNotFound',
    {
      exitCode: 128,
      reason: 'StartError',
      message:
        'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "gunicorn": executable file not found in $PATH: unknown',
    },
    'CommandNotExecutable',
    {
      exitCode: 128,
      reason: 'StartError',
      message:
        'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/start.sh": permission denied: unknown',
    },
  ],
  [
    'CommandNotExecutable',
    { exitCode: 126, log: '/bin/sh: /app/start.sh: Permission denied' },
    'FilePermissionDenied',
    { log: 'open /app/start.log: permission denied' },
  ],
  [
    'BinaryArchitectureMismatch',
    { log: 'exec /bin/server: exec format error' },
    'MissingSharedLibrary',
    { log: 'ImportError: /app/lib.so: wrong ELF class: ELFCLASS64' },
  ],
  [
    'InvalidArguments',
    { exitCode: 2, log: 'flag provided but not defined: -max-connections\nUsage of /server:' },
    'InvalidConfiguration',
    { log: 'nginx: [emerg] unknown directive "proxy_read_timout" in /etc/nginx/nginx.conf:5' },
  ],
  [
    'MissingConfiguration',
    { log: 'config: required environment variable PAYMENT_KEY is not set' },
    'InvalidConfiguration',
    { log: 'config: environment variable PAYMENT_PORT: invalid value "eighty": must be a number' },
  ],
  [
    'InvalidConfiguration',
    { log: 'level=error msg="loading config" err="yaml: line 7: could not find expected \':\'"' },
    'MissingFile',
    { log: 'level=error msg="loading config" err="open /etc/app/app.yaml: no such file or directory"' },
  ],
  [
    'ServiceLinkCollision',
    { log: "ValueError: invalid literal for int() with base 10: 'tcp://10.96.0.10:6379'" },
    'InvalidConfiguration',
    { log: "ValueError: invalid literal for int() with base 10: 'six'" },
  ],
  [
    'MissingFile',
    { log: "FileNotFoundError: [Errno 2] No such file or directory: '/etc/billing/rates.csv'" },
    'MissingSharedLibrary',
    {
      log: 'server: error while loading shared libraries: libpq.so.5: cannot open shared object file: No such file or directory',
    },
  ],
  [
    'DependencyUnavailable',
    { log: 'database: dial tcp 10.96.0.9:5432: connect: connection refused' },
    'DependencyAuthFailure',
    { log: 'connection to server at "db" (10.96.0.9), port 5432 failed: FATAL:  password authentication failed for user "app"' },
  ],
  [
    'DependencyAuthFailure',
    { log: 'ResponseError: WRONGPASS invalid username-password pair or user is disabled.' },
    'FilePermissionDenied',
    { log: "PermissionError: [Errno 13] Permission denied: '/data/db'" },
  ],
  [
    'FilePermissionDenied',
    { log: "OSError: [Errno 30] Read-only file system: '/var/cache/images'" },
    'DependencyAuthFailure',
    { log: 'ERROR: permission denied for table orders' },
  ],
  [
    'PortInUse',
    { log: 'listen tcp :8080: bind: address already in use' },
    'FilePermissionDenied',
    { log: 'listen tcp :80: bind: permission denied' },
  ],
  [
    'ApplicationException',
    {
      log: 'Traceback (most recent call last):\n  File "/app/a.py", line 3, in <module>\n    total(basket)\nKeyError: \'percent\'',
    },
    'MissingConfiguration',
    {
      log: "Traceback (most recent call last):\n  File \"/app/a.py\", line 3, in <module>\n    os.environ['API_KEY']\nKeyError: 'API_KEY'",
    },
  ],
  [
    'NativeCrash',
    { exitCode: 139 },
    'ApplicationException',
    {
      exitCode: 2,
      log: 'panic: runtime error: invalid memory address or nil pointer dereference\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x64bfa4]\n\ngoroutine 1 [running]:',
    },
  ],
  [
    'MissingSharedLibrary',
    { log: "/app/server: /lib/libc.so.6: version `GLIBC_2.34' not found (required by /app/server)" },
    'MissingFile',
    { log: "Error: Cannot find module 'express'" },
  ],
  [
    'ProcessCompleted',
    { exitCode: 0, log: 'all items are done' },
    'LivenessProbeFailing',
    { exitCode: 0, events: [killing('liveness')] },
  ],
  [
    'LifecycleHookFailed',
    { exitCode: 137, events: [warning('FailedPostStartHook', 'PostStartHook failed')] },
    'LivenessProbeFailing',
    { exitCode: 137, events: [killing('liveness')] },
  ],
  [
    'DataUnusable',
    { log: 'FATAL:  database files are incompatible with server' },
    'FilePermissionDenied',
    { log: 'FATAL:  data directory "/data/pg" has group or world access' },
  ],
  ['UnexplainedExit', { exitCode: 3, log: 'starting\ncounting' }, 'ProcessCompleted', { exitCode: 0, log: 'starting\ncounting' }],
]

describe('the family crash', () => {
  it.each(cases)('names %s where it is the cause', (cause, wins) => {
    expect(causeOf(wins)).toBe(cause)
  })

  it.each(cases)('does not take another failure for %s', (_, __, near, misses) => {
    expect(causeOf(misses)).toBe(near)
  })

  it('has a winning case for each of its causes', () => {
    expect(new Set(cases.map(([cause]) => cause))).toEqual(new Set(crash.map(({ code }) => code)))
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

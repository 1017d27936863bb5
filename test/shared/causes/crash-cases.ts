import type { KubernetesObject } from '../../../shared/kubernetes.ts'
import { warning } from './failing-pod.ts'

/** How a container fails: what it said and how it ended. */
export interface Crash {
  readonly log?: string
  readonly exitCode?: number
  readonly reason?: string
  readonly message?: string
  readonly container?: Record<string, unknown>
  readonly spec?: Record<string, unknown>
  readonly events?: readonly KubernetesObject[]
  readonly running?: boolean
}

/** The kubelet kills the container because a probe fails. */
export const killing = (kind: string) =>
  warning('Killing', `Container app failed ${kind} probe, will be restarted`, { type: 'Normal' })
/** A probe failed. */
export const unhealthy = (message: string) => warning('Unhealthy', message)

/** For each cause a failure that it explains, and one that reads alike and is another's. */
export const crashes: readonly (readonly [cause: string, wins: Crash, near: string, misses: Crash])[] = [
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

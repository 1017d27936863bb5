import { describe, expect, it } from '@jest/globals'
import { unhealthy, killing, type Crash } from './crash-cases.ts'
import { crashed } from './crashing-pod.ts'

const causeOf = (given: Crash) => crashed(given)?.cause

/** Sentences of programs that nobody has listed: what they mean, and one that reads alike and means another thing. */
const sentences: readonly (readonly [cause: string, log: string, near: string, nearby: string])[] = [
  [
    'MissingFile',
    'Error: Os { code: 2, kind: NotFound, message: "No such file or directory" }',
    'FilePermissionDenied',
    'Error: Os { code: 13, kind: PermissionDenied, message: "Permission denied" }',
  ],
  [
    'MissingFile',
    "Error: Could not find a production build in the '.next' directory. See https://nextjs.org/docs",
    'DependencyUnavailable',
    'Error: could not find host db',
  ],
  [
    'FilePermissionDenied',
    'FATAL: Cannot open /var/log/proxy/access.log for writing.',
    'MissingFile',
    'FATAL: Cannot open /var/lib/proxy/blocklist.conf',
  ],
  ['PortInUse', 'error: listen failed: AddrInUse (os error 98)', 'FilePermissionDenied', 'error: listen failed (os error 13)'],
  [
    'DependencyUnavailable',
    'acme.errors.UpstreamTimeoutError: orders did not answer',
    'ApplicationException',
    'acme.errors.OrderMismatchError: two of one',
  ],
  [
    'DependencyUnavailable',
    'OperationalError: 2005 (HY000): Unknown MySQL server host (-2)',
    'InvalidConfiguration',
    'Error: unknown server mode "hots"',
  ],
  [
    'DependencyAuthFailure',
    'PHP Fatal error:  Uncaught PDOException: [1045] Access denied for user wp in /var/www/html/install.php:33',
    'FilePermissionDenied',
    'PHP Fatal error:  Uncaught Exception: fopen(/var/www/html/a.log): failed to open stream: Permission denied',
  ],
  [
    'DependencyAuthFailure',
    'level=error msg="WebIdentityErr: failed to retrieve credentials"',
    'DependencyUnavailable',
    'level=error msg="failed to retrieve orders from backend"',
  ],
  [
    'InvalidConfiguration',
    'java.lang.IllegalArgumentException: SRCFG00029: Expected an integer value, got "many"',
    'ApplicationException',
    'java.lang.ArrayIndexOutOfBoundsException: Index 3 out of bounds for length 3',
  ],
  [
    'InvalidConfiguration',
    'level=fatal msg="server stopped" error="listen tcp: lookup tcp/8080a: unknown port"',
    'DependencyUnavailable',
    'level=fatal msg="server stopped" error="dial tcp: lookup db: no such host"',
  ],
  ['MissingConfiguration', 'ERROR: hostname is not configured', 'MissingFile', 'ERROR: file hostname.conf is missing'],
  [
    'ServiceLinkCollision',
    'Failed to read config: No declared setting with name: PORT.7474.TCP.PROTO.',
    'InvalidConfiguration',
    'Failed to read config: No declared setting with name: PROT.',
  ],
  [
    'DataUnusable',
    'Error starting: failed to open raft: open /data/raft.db: invalid argument',
    'InvalidArguments',
    'Error: invalid argument --raft',
  ],
  [
    'DataUnusable',
    "Can't start because the version of the data (27.1) is higher than that of the image (26.0)",
    'InvalidConfiguration',
    "Can't start because the version of the protocol is not supported here",
  ],
  [
    'ApplicationException',
    "Parameter 0 of constructor in com.acme.Invoices required a bean of type 'com.acme.Tax' that could not be found.",
    'MissingConfiguration',
    "Parameter 'tax.rate' is required",
  ],
  [
    'MissingSharedLibrary',
    'You must install or update .NET to run this application.',
    'MissingConfiguration',
    'You must set TAX_RATE to run this application.',
  ],
  [
    'MissingConfiguration',
    'Error: Neither apiKey nor authenticator provided',
    'InvalidConfiguration',
    'Error: apiKey and authenticator cannot be used together',
  ],
  ['DataUnusable', 'java.io.IOException: NameNode is not formatted.', 'MissingFile', 'java.io.IOException: fsimage not found.'],
  [
    'NativeCrash',
    'double free or corruption (!prev)\nAborted (core dumped)',
    'ContainerOutOfMemory',
    'memory allocation of 1073741824 bytes failed\nAborted (core dumped)',
  ],
  [
    'FilePermissionDenied',
    'fatal: the mail system must be started by the "root" user',
    'DependencyAuthFailure',
    'fatal: the user "root" must be authenticated',
  ],
  [
    'DataUnusable',
    'error: could not write to file "base.tar": No space left on device',
    'FilePermissionDenied',
    'error: could not write to file "base.tar": Permission denied',
  ],
  [
    'InvalidConfiguration',
    'Ignoring unknown option "--min"\nERROR: auth is not a valid parameter in [global]',
    'InvalidArguments',
    'ERROR: unknown option "--min"',
  ],
  [
    'DependencyUnavailable',
    'RuntimeError: Unable to connect to head:6379. Check that there is no firewall setting that prevents it.',
    'MissingConfiguration',
    'RuntimeError: there is no region setting',
  ],
  [
    'DataUnusable',
    'CRITICAL: system ID mismatch, node pg-1 belongs to a different cluster: 7001 != 7002',
    'InvalidConfiguration',
    'CRITICAL: mismatched setting, node pg-1 does not match the pattern',
  ],
  [
    'MissingConfiguration',
    'KeyError: key not found: "SECRET_KEY_BASE"',
    'ApplicationException',
    'KeyError: key not found: "label"',
  ],
  [
    'DataUnusable',
    'ERROR ==> The installed version 3.9 is not upgradeable to 4.2. Please upgrade to 3.11 first.',
    'InvalidConfiguration',
    'ERROR ==> The installed plugin is not supported in 4.2.',
  ],
  [
    'DataUnusable',
    "thread 'main' panicked at 'IO error: While lock file: /data/LOCK: Resource temporarily unavailable', src/db.rs:21:10",
    'ApplicationException',
    "thread 'main' panicked at 'index out of bounds: the len is 0 but the index is 0', src/db.rs:21:10",
  ],
]

describe('sentences by their meaning', () => {
  it.each(sentences)('reads %s in: %s', (cause, log) => {
    expect(causeOf({ log })).toBe(cause)
  })

  it.each(sentences)('does not read %s in what is near to: %s', (_, __, near, nearby) => {
    expect(causeOf({ log: nearby })).toBe(near)
  })

  it('does not guess from what a program merely notes', () => {
    expect(causeOf({ log: 'WARN unknown key "foo" ignored\nINFO started\nINFO stopped', exitCode: 3 })).toBe('UnexplainedExit')
  })

  it('says an exception where an error is told that nothing explains', () => {
    const found = crashed({ log: 'INFO started\nERROR the frobnicator failed' })
    expect(found).toMatchObject({ cause: 'ApplicationException', confidence: 'possible' })
    expect(found?.explanation).toContain('ends after an error that fits none of the known outer causes')
    expect(crashed({ log: "TypeError: Cannot read properties of null (reading 'id')" })?.explanation).toContain(
      'an error in its own code that nothing caught',
    )
  })
})

describe('a container that the kubelet stops', () => {
  const events = [killing('liveness'), unhealthy('Liveness probe failed: HTTP probe failed with statuscode: 503')]

  it('is not said to have been called wrongly for its exit code 2', () => {
    const found = crashed({ exitCode: 2, events, log: 'listening on :8080' })
    expect(found?.cause).toBe('LivenessProbeFailing')
    expect(found?.explanation).toContain('exit code 2 (its own way of ending when it is asked to stop)')
    expect(crashed({ exitCode: 2, log: 'starting' })?.explanation).toContain('wrong use of a command, or a Go panic')
  })

  it('is given more time only where it is slow', () => {
    const slow = crashed({ exitCode: 137, events })
    expect(slow?.remedies.map(({ text }) => text)).toContain('Where it is only slow, give it more time.')
    const wrongPort = crashed({
      exitCode: 137,
      log: 'Server listening on port 3000',
      container: { livenessProbe: { tcpSocket: { port: 8080 } } },
      events: [killing('liveness'), unhealthy('Liveness probe failed: dial tcp 10.0.0.1:8080: connect: connection refused')],
    })
    const texts = wrongPort?.remedies.map(({ text }) => text) ?? []
    expect(texts).toContain('Let it ask the port on which the program listens, 3000.')
    expect(texts.some((text) => /slow/.test(text))).toBe(false)
  })
})

import { describe, expect, it } from '@jest/globals'
import { readLog } from '../../../../shared/observe/logs/read-log.ts'

const quoteOf = (...lines: readonly string[]) => readLog(lines.join('\n')).quote

describe('readLog', () => {
  it('quotes the last cause of a Java exception, not the frames nor what wraps it', () => {
    const quote = quoteOf(
      '2026-01-01 10:00:00.000 ERROR 1 --- [main] o.s.boot.SpringApplication : Application run failed',
      "org.springframework.beans.factory.BeanCreationException: Error creating bean with name 'dataSource'",
      '\tat org.springframework.beans.factory.support.ConstructorResolver.instantiate(ConstructorResolver.java:658)',
      'Caused by: org.postgresql.util.PSQLException: The connection attempt failed.',
      '\tat org.postgresql.core.v3.ConnectionFactoryImpl.openConnectionImpl(ConnectionFactoryImpl.java:292)',
      'Caused by: java.net.UnknownHostException: orders-db',
      '\tat java.base/sun.nio.ch.NioSocketImpl.connect(NioSocketImpl.java:567)',
      '\t... 45 more',
    )
    expect(quote).toBe('Caused by: java.net.UnknownHostException: orders-db')
  })

  it.each([
    [
      'Python',
      ['Traceback (most recent call last):', '  File "/app/a.py", line 3, in <module>', "    x['b']", "KeyError: 'b'", 'exiting'],
      "KeyError: 'b'",
    ],
    [
      'Node',
      [
        '/app/a.js:3',
        '    throw er;',
        '    ^',
        '',
        "TypeError: Cannot read properties of null (reading 'id')",
        '    at f (/app/a.js:3:1)',
        '',
        'Node.js v24.1.0',
      ],
      "TypeError: Cannot read properties of null (reading 'id')",
    ],
    [
      'Go',
      [
        'panic: runtime error: index out of range [5] with length 3',
        '',
        'goroutine 1 [running]:',
        'main.main()',
        '\t/src/main.go:8 +0x1d',
        'exit status 2',
      ],
      'panic: runtime error: index out of range [5] with length 3',
    ],
    [
      'Rust',
      [
        "thread 'main' panicked at src/main.rs:10:5:",
        'index out of bounds: the len is 3 but the index is 7',
        'note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace',
      ],
      'index out of bounds: the len is 3 but the index is 7',
    ],
    [
      '.NET',
      [
        'Unhandled exception. System.AggregateException: One or more errors occurred.',
        ' ---> System.Net.Sockets.SocketException (111): Connection refused',
        '   at System.Net.Sockets.Socket.Connect(EndPoint remote) in /src/Socket.cs:line 10',
      ],
      ' ---> System.Net.Sockets.SocketException (111): Connection refused',
    ],
    [
      'Ruby',
      [
        'rails aborted!',
        "NoMethodError: undefined method `+' for nil:NilClass",
        "/app/lib/a.rb:83:in `b'",
        'Tasks: TOP => db:migrate',
        '(See full trace by running task with --trace)',
      ],
      "NoMethodError: undefined method `+' for nil:NilClass",
    ],
    [
      'PHP',
      [
        'PHP Fatal error:  Uncaught Error: Call to undefined function mysqli_connect() in /app/a.php:3',
        'Stack trace:',
        '#0 {main}',
        '  thrown in /app/a.php on line 3',
      ],
      'PHP Fatal error:  Uncaught Error: Call to undefined function mysqli_connect() in /app/a.php:3',
    ],
    [
      'Elixir',
      [
        '** (RuntimeError) environment variable SECRET_KEY_BASE is missing.',
        '    (elixir 1.15.0) lib/code.ex:1: Code.eval/1',
        'Kernel pid terminated (application_controller)',
      ],
      '** (RuntimeError) environment variable SECRET_KEY_BASE is missing.',
    ],
    [
      'C++',
      [
        "terminate called after throwing an instance of 'std::runtime_error'",
        '  what():  cannot open the ledger',
        'Aborted (core dumped)',
      ],
      '  what():  cannot open the ledger',
    ],
  ])('quotes what was raised in %s', (_, lines, quote) => {
    expect(quoteOf(...lines)).toBe(quote)
  })

  it.each([
    [
      'klog',
      [
        'I0101 10:00:00.000000 1 main.go:1] starting',
        'E0101 10:00:01.000000 1 main.go:9] cannot listen',
        'I0101 10:00:02.000000 1 main.go:2] shutting down',
      ],
      1,
    ],
    [
      'logfmt',
      ['level=info msg="starting"', 'level=error msg="loading config" err="no such key"', 'level=info msg="See you next time!"'],
      1,
    ],
    ['brackets', ['[INFO] starting', '[ERROR] disk missing', '[WARN] slow shutdown', '[INFO] bye'], 1],
    [
      'access logs',
      ['Error: cannot bind the metrics port', '10.0.0.1 - - "GET /healthz HTTP/1.1" 500 error "kube-probe/1.34"'],
      0,
    ],
  ])('tells loud lines from quiet ones in %s', (_, lines, at) => {
    expect(quoteOf(...lines)).toBe(lines[at])
  })

  it('reads a JSON entry as the sentence that it holds, with its stack', () => {
    const entry = {
      level: 50,
      msg: 'request failed',
      err: {
        type: 'Error',
        message: 'connect ECONNREFUSED 10.0.0.1:5432',
        stack: 'Error: connect ECONNREFUSED 10.0.0.1:5432\n    at a (b.js:1:1)',
      },
    }
    expect(readLog(JSON.stringify(entry)).lines).toEqual([
      'level=error request failed: Error: connect ECONNREFUSED 10.0.0.1:5432',
      'Error: connect ECONNREFUSED 10.0.0.1:5432',
      '    at a (b.js:1:1)',
    ])
  })

  it("believes the level inside, where a supervisor passes on its server's words as info", () => {
    const passedOn = JSON.stringify({
      level: 'info',
      logger: 'postgres',
      msg: 'FATAL:  database files are incompatible with server',
    })
    expect(quoteOf(passedOn, JSON.stringify({ level: 'info', msg: 'postmaster has exited' }))).toBe(
      'FATAL:  database files are incompatible with server',
    )
  })

  it('looks below a heading for what it announces', () => {
    expect(
      quoteOf('APPLICATION FAILED TO START', '', 'Description:', '', 'A bean could not be found.', '', 'Action:', 'Define it.'),
    ).toBe('A bean could not be found.')
    expect(
      quoteOf(
        'Error: transport error',
        '',
        'Caused by:',
        '    0: error trying to connect',
        '    1: Connection refused (os error 111)',
      ),
    ).toBe('    1: Connection refused (os error 111)')
  })

  it('knows the level that a script or a dated letter gives a line', () => {
    expect(quoteOf('setup.sh: info: cannot modify default.conf', 'server: cannot load certificate')).toBe(
      'server: cannot load certificate',
    )
    expect(
      quoteOf("KeyError: 'label'", '2024-01-01 10:00:00.001: W core/loader.cc:64] Could not load library: file not found'),
    ).toBe("KeyError: 'label'")
  })

  it('takes colours out', () => {
    expect(quoteOf('\u001b[31mERROR\u001b[0m cannot \u001b[1mread\u001b[0m it')).toBe('ERROR cannot read it')
  })

  it('keeps one of the lines that a loop repeats, and stays within its bounds', () => {
    const { lines } = readLog(`FATAL: no key\n${'2026-01-01T10:00:00Z waiting for 10.0.0.1\n'.repeat(500)}`)
    expect(lines[0]).toBe('FATAL: no key')
    expect(lines.length).toBeLessThan(10)
    const many = readLog(
      Array.from({ length: 5_000 }, (_, at) => `error ${'x'.repeat(at % 90)} ${String.fromCharCode(97 + (at % 26))}`).join('\n'),
    )
    expect(many.lines.length).toBeLessThanOrEqual(40)
    expect(many.lines.join('').length).toBeLessThanOrEqual(6_100)
  })

  it('reads 50 MB and a line of a megabyte by their ends', () => {
    const noise = '[INFO] fetched one more page of the catalogue without any trouble\n'.repeat(750_000)
    expect(quoteOf(noise, 'FATAL: the index is gone', '[INFO] bye')).toBe('FATAL: the index is gone')
    const long = readLog(`Error: ${'x'.repeat(1_000_000)} the end`)
    expect(long.quote.length).toBeLessThanOrEqual(1_000)
    expect(long.quote.endsWith('the end')).toBe(true)
  })

  it('finds nothing in an empty log', () => {
    expect(readLog('\n \n')).toEqual({ lines: [], quote: '' })
  })
})

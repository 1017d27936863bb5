import { runForwarder } from './forwarder.ts'
import { messageOf } from './log.ts'
import { optionsFromEnv, optionsFromFile, parseOptions } from './options.ts'

// What the container runs: options come from the environment, and from the file that KULPRIT_CONFIG names. No command line, which would
// bring libraries that the container does not need.
const { KULPRIT_CONFIG: file } = process.env
try {
  const options = { ...(file !== undefined && optionsFromFile(file)), ...optionsFromEnv(process.env) }
  const forwarder = await runForwarder(parseOptions(options, 'environment'))
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve())
  })
  await forwarder.stop()
} catch (error) {
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), level: 'error', message: messageOf(error) })}\n`)
  process.exitCode = 1
}

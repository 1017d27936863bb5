import { forward } from './command.ts'
import { messageOf } from './log.ts'

// What the container runs: options come from the environment, and from the file that KULPRIT_CONFIG names.
const { KULPRIT_CONFIG: config } = process.env
try {
  await forward(config === undefined ? {} : { config })
} catch (error) {
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), level: 'error', message: messageOf(error) })}\n`)
  process.exitCode = 1
}

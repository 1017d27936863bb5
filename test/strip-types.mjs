import { createHash } from 'node:crypto'
import { stripTypeScriptTypes } from 'node:module'

/** Node's own type stripping as a jest transformer, so that tests run the very code that Node runs. */
const run = (code) => ({ code: stripTypeScriptTypes(code) })

export default {
  process: run,
  processAsync: async (code) => run(code),
  getCacheKey: (code, path) => createHash('sha1').update(process.version).update(path).update(code).digest('hex'),
}

/** Synthesises every stack: `npx cdk deploy`, or `node infra/app.ts` to see the templates in cdk.out. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { App } from 'aws-cdk-lib'
import { ConfigurationError, readConfiguration } from './configuration.ts'
import { addStacks, holdToRules } from './stacks.ts'

const root = join(import.meta.dirname, '..')
const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> }

// Without the CDK's own command line the context of cdk.json and the folder would be other ones.
const app = new App({ context, outdir: process.env['CDK_OUTDIR'] ?? join(root, 'cdk.out') })
try {
  holdToRules(app)
  addStacks(
    app,
    readConfiguration(join(root, app.node.tryGetContext('kulprit.file') ?? 'kulprit.yaml'), (key) => app.node.tryGetContext(key)),
  )
  app.synth()
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error
  console.error(error.message)
  process.exitCode = 2
}

import { App } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { parseConfiguration } from '../../infra/configuration.ts'
import { addStacks } from '../../infra/stacks.ts'

/** The templates of a configuration, by stack; bundling is left out, since nothing asserted here depends on it. */
export function synthesise(given: unknown = {}): Readonly<Record<string, Template>> {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } })
  const { kulprit, clusters } = addStacks(app, parseConfiguration(given, 'the test'))
  return Object.fromEntries([kulprit, ...clusters].map((stack) => [stack.stackName, Template.fromStack(stack)]))
}

/** The one template of that name. */
export function stackOf(templates: Readonly<Record<string, Template>>, name: string): Template {
  const found = templates[name]
  if (found === undefined) throw new Error(`there is no stack ${name}, but ${Object.keys(templates).join(', ')}`)
  return found
}

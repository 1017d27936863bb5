import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { App } from 'aws-cdk-lib'
import { Queue } from 'aws-cdk-lib/aws-sqs'
import { parse } from 'yaml'
import { parseConfiguration } from '../../infra/configuration.ts'
import { addStacks, holdToRules } from '../../infra/stacks.ts'

const example: unknown = parse(readFileSync(join(import.meta.dirname, '../../kulprit.example.yaml'), 'utf8'))

/** The stacks of the example, which uses every kind of channel, sender and cluster. */
function appOf() {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } })
  holdToRules(app)
  return { app, ...addStacks(app, parseConfiguration(example, 'the example')) }
}

test('AWS Solutions finds nothing in the stacks that is not explained', () => {
  const { app } = appOf()
  expect(() => app.synth()).not.toThrow()
})

test('AWS Solutions would find what breaks a rule', () => {
  const { app, kulprit } = appOf()
  expect(new Queue(kulprit, 'Open').node.id).toBe('Open')
  expect(() => app.synth()).toThrow('AwsSolutions-SQS4')
})

import { expect, it } from '@jest/globals'
import { inContext } from '../../cli/output/in-context.ts'
import type { Diagnosis } from '../../shared/diagnosis.ts'

const diagnosis: Diagnosis = {
  cause: 'ImageTagNotFound',
  family: 'image',
  title: 'The tag does not exist',
  explanation: '',
  severity: 'critical',
  confidence: 'certain',
  symptom: 'ImagePullBackOff',
  subject: { cluster: 'production', kind: 'Pod', name: 'web' },
  evidence: [],
  changes: [],
  remedies: [
    { text: 'Look.', command: 'kubectl get pods -n shop; kubectl describe pod web -n shop' },
    { text: 'Ask the node.', command: 'crictl pull web:1' },
  ],
  alternatives: [],
  affectedPods: 1,
}
const commands = (context: string | undefined) => inContext(diagnosis, context).remedies.map(({ command }) => command)

it('binds every kubectl of a command to the context that was named', () => {
  expect(commands('production')).toEqual([
    'kubectl --context production get pods -n shop; kubectl --context production describe pod web -n shop',
    'crictl pull web:1',
  ])
})

it('quotes a context that a shell would take apart', () => {
  expect(commands("it's $HOME")[0]).toBe(
    `kubectl --context 'it'\\''s $HOME' get pods -n shop; kubectl --context 'it'\\''s $HOME' describe pod web -n shop`,
  )
})

it('leaves commands alone where the current context was diagnosed', () => {
  expect(inContext(diagnosis, undefined)).toBe(diagnosis)
})

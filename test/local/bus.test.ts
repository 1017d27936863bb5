import { describe, expect, it } from '@jest/globals'
import { openBus, type PutEventsEntry } from '../../local/bus.ts'
import { rulePatterns, type Envelope } from '../../shared/events.ts'

const entry = (fields: Partial<PutEventsEntry> = {}): PutEventsEntry => ({
  EventBusName: 'kulprit',
  Source: 'kulprit.forwarder.prod',
  DetailType: 'Failure Observed',
  Detail: '{"a":1}',
  ...fields,
})
function busWith() {
  const got: { readonly diagnose: Envelope[]; readonly notify: Envelope[] } = { diagnose: [], notify: [] }
  const bus = openBus('kulprit', [
    { pattern: rulePatterns.diagnose, target: (events) => got.diagnose.push(...events) },
    { pattern: rulePatterns.notify, target: (events) => got.notify.push(...events) },
  ])
  return { put: bus.put, got }
}

describe('the local bus', () => {
  it('gives each event to the rules that want its source and its type', () => {
    const { put, got } = busWith()
    put([
      entry(),
      entry({ Source: 'kulprit', DetailType: 'Incident Changed' }),
      entry({ DetailType: 'Else' }),
      entry({ Source: 'kulprit.other' }),
      entry({ Source: 'kulprit' }),
    ])
    expect(got.diagnose.map((event) => [event.source, event['detail-type'], event.detail])).toEqual([
      ['kulprit.forwarder.prod', 'Failure Observed', { a: 1 }],
    ])
    expect(got.notify.map((event) => event.source)).toEqual(['kulprit'])
  })

  it('takes what is right of a request and says of each wrong entry why not', () => {
    const { put, got } = busWith()
    const answer = put([
      entry({ Detail: '[]' }),
      entry(),
      entry({ Source: '' }),
      entry({ Source: 'aws.ec2' }),
      entry({ EventBusName: 'other' }),
    ])
    expect(answer.FailedEntryCount).toBe(4)
    expect(answer.Entries.map((one) => ('ErrorCode' in one ? one.ErrorCode : 'taken'))).toEqual([
      'MalformedDetail',
      'taken',
      'InvalidArgument',
      'NotAuthorizedForSourceException',
      'InvalidArgument',
    ])
    expect(got.diagnose).toHaveLength(1)
  })

  it('knows its name by an ARN too', () => {
    expect(
      busWith().put([entry({ EventBusName: 'arn:aws:events:eu-west-1:111122223333:event-bus/kulprit' })]).FailedEntryCount,
    ).toBe(0)
  })

  it.each([
    ['no entries', []],
    ['eleven entries', Array.from({ length: 11 }, () => entry())],
    ['more than 1 MB', [entry({ Detail: JSON.stringify('x'.repeat(1_100_000)) })]],
  ])('refuses a request of %s as a whole', (_, entries) => {
    expect(() => busWith().put(entries)).toThrow(expect.objectContaining({ code: 'ValidationException' }))
  })
})

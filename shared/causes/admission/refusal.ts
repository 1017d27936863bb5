import type { AnyClue, Case } from '../cause.ts'

/** Looks for a text in what controllers say of the objects that the API server refused them: events and conditions. */
export function refusalClues(text: RegExp, weight: number, unless?: RegExp): readonly AnyClue[] {
  const shared = { text, ...(unless !== undefined && { unless }), confidence: 'certain', weight } as const
  return [
    {
      ...shared,
      source: 'event',
      when: ({ reason }) =>
        !/^(?:Failed|Unhealthy|BackOff|FailedScheduling|FailedMount|FailedAttachVolume|ProvisioningFailed|FailedGet\w*|FailedCompute\w*)$/.test(
          reason,
        ),
    },
    { ...shared, source: 'status', when: ({ state }) => state === 'condition' || state === 'phase' },
    { ...shared, source: 'object' },
  ]
}

/** The controller whose object was refused, as kubectl takes it. */
export const target = ({ observation: { subject } }: Case): string => `${subject.kind.toLowerCase()}/${subject.name}`

/** What was refused, without what controllers put before it. */
export const said = ({ quote }: Case, limit = 400): string => {
  const text = quote
    .replace(/^\(combined from similar events\): /, '')
    .replace(/^(?:ReplicaFailure: |Progressing: )?(?:Error creating: |create Pod \S+ in \w+ \S+ failed error: )/, '')
    .replace(/\s+/g, ' ')
  return text.length > limit ? `${text.slice(0, limit - 3)}...` : text
}

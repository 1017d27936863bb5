import PBAC from 'pbac'

/** One statement of an IAM policy as templates hold it. */
export interface Statement {
  readonly Effect: 'Allow' | 'Deny'
  readonly Action: string | readonly string[]
  readonly Resource: string | readonly string[]
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>
}

/** What somebody wants to do: the keys of its context stand as IAM names them, `events:source`. */
export interface Call {
  readonly action: string
  readonly resource: string
  readonly context: Readonly<Record<string, string | readonly string[]>>
}

/** Checking the schema of each question takes longer than all the answers. */
const unchecked = { validateSchema: false, validatePolicies: false }

const listOf = <T>(one: T | readonly T[]): readonly T[] => (Array.isArray(one) ? (one as readonly T[]) : [one as T])

/** Tells whether these statements allow a call, as IAM decides: a deny wins, and without an allow nothing is. */
export function isAllowed(statements: readonly Statement[], call: Call): boolean {
  const holding = (effect: Statement['Effect']) =>
    statements.some((statement) => statement.Effect === effect && holds(statement, call))
  return !holding('Deny') && holding('Allow')
}

/** The evaluator reads one key of one operator, and knows no absent keys: it is asked once for each condition. */
function holds(statement: Statement, call: Call): boolean {
  const { Condition = {}, Action, Resource } = statement
  const asks = (condition: object | undefined): boolean =>
    new PBAC(
      {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Action: listOf(Action),
            Resource: listOf(Resource),
            ...(condition !== undefined && { Condition: condition }),
          },
        ],
      },
      unchecked,
    ).evaluate({ action: call.action, resource: call.resource, context: contextOf(call) })
  if (!asks(undefined)) return false
  return Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => {
      const given = call.context[key]
      if (operator === 'Null') return (given === undefined) === (String(wanted) === 'true')
      if (given === undefined) return operator.startsWith('ForAllValues:')
      return asks({ [operator]: { [key]: listOf(wanted) } })
    }),
  )
}

/** As the evaluator takes it: `{ events: { source: [...] } }`. */
function contextOf({ context }: Call): Record<string, Record<string, unknown>> {
  const nested: Record<string, Record<string, unknown>> = {}
  for (const [key, value] of Object.entries(context)) {
    const [service = '', name = ''] = key.split(':')
    nested[service] = { ...nested[service], [name]: value }
  }
  return nested
}

import * as z from 'zod'
import { errorBody, routes } from './api.ts'
import { silenceFields } from './silence.ts'

const meanings = {
  400: 'The request is wrong; the message names the field',
  404: 'There is no such thing',
  409: 'The incident is not in a state that allows it',
  413: 'The body is too large',
  500: 'Something failed inside; the message says nothing of it',
} as const

/** The description of the query API in OpenAPI 3.1, made from the schemas that check it. */
export function openApi(): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const [name, route] of Object.entries(routes))
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(name, route) }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Kulprit',
      version: '1',
      description: `Incidents of Kubernetes clusters: what fails, why, and what to do. Silences match ${silenceFields.join(', ')}.`,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: { schemas: { Error: schemaOf(errorBody, 'output') } },
  }
}

type AnyRoute = (typeof routes)[keyof typeof routes]

function operation(name: string, route: AnyRoute): Record<string, unknown> {
  const errors: readonly (keyof typeof meanings)[] = [...route.errors, 500]
  return {
    operationId: name,
    summary: route.summary,
    parameters: [...pathParameters(route.path), ...('query' in route ? queryParameters(route.query) : [])],
    ...('body' in route && { requestBody: { required: true, content: content(schemaOf(route.body, 'input')) } }),
    responses: {
      [String(route.status)]:
        'answer' in route ? { description: 'Done', content: content(schemaOf(route.answer, 'output')) } : { description: 'Done' },
      ...Object.fromEntries(
        errors.map((status) => [
          String(status),
          { description: meanings[status], content: content({ $ref: '#/components/schemas/Error' }) },
        ]),
      ),
    },
  }
}

const content = (schema: unknown) => ({ 'application/json': { schema } })

const pathParameters = (path: string) =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string', minLength: 1 },
  }))

function queryParameters(query: z.ZodType) {
  const { properties = {} } = schemaOf(query, 'input') as { properties?: Record<string, { description?: string }> }
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: false,
    ...(description !== undefined && { description }),
    schema,
  }))
}

/** The format of a time says it; its pattern is a line of 200 characters. */
const withoutPattern = ({ jsonSchema }: { jsonSchema: { format?: string; pattern?: string } }) => {
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _version, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any', override: withoutPattern })
  return rest
}

import * as z from 'zod'

/** An optional setting: an empty variable counts as none. */
const optional = z
  .string()
  .optional()
  .transform((value) => (value === undefined || value.trim() === '' ? undefined : value.trim()))

const settings = {
  KULPRIT_TABLE: z.string().min(3),
  KULPRIT_BUS: z.string().min(1),
  KULPRIT_TOPIC: z.string().startsWith('arn:'),
  KULPRIT_MAIL_FROM: optional,
  KULPRIT_MAIL_TO: optional.transform((value) =>
    value
      ?.split(',')
      .map((address) => address.trim())
      .filter((address) => address !== ''),
  ),
  KULPRIT_PAGE: optional,
  KULPRIT_RETENTION_DAYS: z.preprocess((days) => (days === '' ? undefined : days), z.coerce.number().positive().default(90)),
} as const

/** The settings that functions read from the environment; each function takes those it needs. */
export const environment = z.object(settings)

/** Reads settings; a missing or wrong one fails at start, with its name. */
export function readEnvironment<T>(schema: z.ZodType<T>, variables: Readonly<Record<string, string | undefined>>): T {
  const read = schema.safeParse(variables)
  if (read.success) return read.data
  const issues = read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new Error(`the environment is not complete: ${issues.join('; ')}`, { cause: read.error })
}

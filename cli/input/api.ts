import * as z from 'zod'
import { CommandError, exitCodes, messageOf } from '../failure.ts'

/** The query API of a Kulprit, here or in AWS. */
export interface Api {
  get(path: string, query?: Readonly<Record<string, string | undefined>>): Promise<unknown>
  post(path: string, body: unknown): Promise<unknown>
}

const failure = z.object({ error: z.object({ code: z.string(), message: z.string() }) })

/** Speaks to the API at `url`; a token is sent where one is given, as an API behind a JWT authorizer wants it. */
export function apiAt(url: string, token: string | undefined): Api {
  if (!URL.canParse(url)) throw new CommandError(`--api ${url} is no URL, such as http://127.0.0.1:4180`, exitCodes.usage)
  const base = url.replace(/\/+$/, '')
  const call = async (method: string, path: string, body?: unknown) => {
    let response: Response
    let text: string
    try {
      response = await fetch(`${base}${path}`, {
        method,
        headers: {
          accept: 'application/json',
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(15_000),
      })
      text = await response.text()
    } catch (error) {
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
      throw new CommandError(
        `the API at ${base} does not answer: ${messageOf(cause)}. Is 'kulprit start' running, or --api right?`,
        undefined,
        {
          cause: error,
        },
      )
    }
    const answer = parse(text)
    if (response.ok && answer !== undefined) return answer
    const said = failure.safeParse(answer)
    throw new CommandError(
      said.success ? said.data.error.message : `${base}${path} answered ${response.status}: ${text.slice(0, 200)}`,
    )
  }
  return {
    get: (path, query = {}) => {
      const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined)
      return call('GET', given.length === 0 ? path : `${path}?${new URLSearchParams(given).toString()}`)
    },
    post: (path, body) => call('POST', path, body),
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // a proxy's HTML: the status and the text are told
  }
}

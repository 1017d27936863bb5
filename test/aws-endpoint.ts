import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface PutEntry {
  readonly Source: string
  readonly DetailType: string
  readonly Detail: string
  readonly EventBusName: string
}
interface Published {
  readonly subject: string
  readonly messages: Readonly<Record<string, string>>
  readonly attributes: Readonly<Record<string, string>>
}
interface Mailed {
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly to: readonly string[]
}

/** Answers PutEvents, SNS Publish and SES SendEmail as AWS does, and keeps what it was given. */
export interface AwsEndpoint {
  readonly url: string
  readonly entries: PutEntry[]
  readonly published: Published[]
  readonly mailed: Mailed[]
  /** How many of the next calls of each kind fail. */
  readonly failing: { events: number; topic: number; mail: number }
  readonly close: () => Promise<void>
}

export async function startAwsEndpoint(): Promise<AwsEndpoint> {
  const entries: PutEntry[] = []
  const published: Published[] = []
  const mailed: Mailed[] = []
  const failing = { events: 0, topic: 0, mail: 0 }
  const server = createServer((request, response) => {
    void (async () => {
      const body = await read(request)
      const answer = (status: number, type: string, text: string) =>
        response.writeHead(status, { 'content-type': type }).end(text)
      if (request.headers['x-amz-target'] === 'AWSEvents.PutEvents') {
        const given = (JSON.parse(body) as { Entries: PutEntry[] }).Entries
        if (failing.events-- > 0) {
          const refused = given.map(() => ({ ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' }))
          return answer(200, 'application/x-amz-json-1.1', JSON.stringify({ FailedEntryCount: given.length, Entries: refused }))
        }
        entries.push(...given)
        return answer(
          200,
          'application/x-amz-json-1.1',
          JSON.stringify({ FailedEntryCount: 0, Entries: given.map((_, i) => ({ EventId: `${i}` })) }),
        )
      }
      if (request.url?.startsWith('/v2/email') === true) {
        if (failing.mail-- > 0) return answer(400, 'application/json', '{"message":"Email address is not verified"}')
        mailed.push(mailOf(body))
        return answer(200, 'application/json', '{"MessageId":"1"}')
      }
      if (failing.topic-- > 0)
        return answer(
          403,
          'text/xml',
          '<ErrorResponse><Error><Type>Sender</Type><Code>AuthorizationError</Code><Message>no</Message></Error></ErrorResponse>',
        )
      published.push(publicationOf(new URLSearchParams(body)))
      answer(200, 'text/xml', '<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>')
    })()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    entries,
    published,
    mailed,
    failing,
    close: async () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

function publicationOf(form: URLSearchParams): Published {
  const attributes: Record<string, string> = {}
  for (let i = 1; form.has(`MessageAttributes.entry.${i}.Name`); i++)
    attributes[form.get(`MessageAttributes.entry.${i}.Name`) ?? ''] =
      form.get(`MessageAttributes.entry.${i}.Value.StringValue`) ?? ''
  return {
    subject: form.get('Subject') ?? '',
    messages: JSON.parse(form.get('Message') ?? '{}') as Record<string, string>,
    attributes,
  }
}

interface SesRequest {
  readonly Destination: { readonly ToAddresses: string[] }
  readonly Content: {
    readonly Simple: { readonly Subject: { Data: string }; readonly Body: { Text: { Data: string }; Html: { Data: string } } }
  }
}
function mailOf(body: string): Mailed {
  const { Destination, Content } = JSON.parse(body) as SesRequest
  const { Subject, Body } = Content.Simple
  return { subject: Subject.Data, text: Body.Text.Data, html: Body.Html.Data, to: Destination.ToAddresses }
}

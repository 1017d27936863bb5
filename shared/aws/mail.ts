import { SendEmailCommand, SESv2Client } from '@aws-sdk/client-sesv2'
import { clientOptions } from './clients.ts'

/** Who sends mail, to whom, and the client that speaks to SES. */
export interface Mail {
  readonly client: SESv2Client
  readonly from: string
  readonly to: readonly string[]
}

export const connectMail = (from: string, to: readonly string[]): Mail => ({ from, to, client: new SESv2Client(clientOptions) })

export async function sendMail(
  { client, from, to }: Mail,
  message: { subject: string; text: string; html: string },
): Promise<void> {
  const part = (text: string) => ({ Data: text, Charset: 'UTF-8' })
  await client.send(
    new SendEmailCommand({
      FromEmailAddress: from,
      Destination: { ToAddresses: [...to] },
      Content: {
        Simple: { Subject: part(message.subject), Body: { Text: part(message.text), Html: part(message.html) } },
      },
    }),
  )
}

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import * as z from 'zod'

const part = z.object({ Data: z.string() })
/** The SES v2 request that the functions send. */
const sendEmail = z.object({
  FromEmailAddress: z.string(),
  Destination: z.object({ ToAddresses: z.array(z.string()).min(1) }),
  Content: z.object({
    Simple: z.object({ Subject: part, Body: z.object({ Text: part.optional(), Html: part.optional() }) }),
  }),
})

export interface MailboxOptions {
  /** Each mail is written here. */
  readonly folder: string
  /** Where mail is sent too, such as smtp://user:password@mail.example.com:587. */
  readonly smtp?: string | undefined
}

export interface Mailbox {
  /** Takes a SendEmail request; resolves when the mail is on disk, and sent where that was asked for. */
  accept(body: string): Promise<{ readonly messageId: string; readonly file: string; readonly subject: string }>
  close(): void
}

/** Writes mail as .eml files that any mail program opens, and sends it on where there is a server. */
export function openMailbox({ folder, smtp }: MailboxOptions): Mailbox {
  const writer = createTransport({ streamTransport: true, buffer: true, newline: 'windows' })
  const sender = smtp === undefined ? undefined : createTransport(smtp, { connectionTimeout: 5_000 } as object)
  return {
    accept: async (body) => {
      const { FromEmailAddress: from, Destination, Content } = sendEmail.parse(JSON.parse(body))
      const { Subject, Body } = Content.Simple
      const to = Destination.ToAddresses
      const { message, messageId } = await writer.sendMail({
        from,
        to,
        subject: Subject.Data,
        ...(Body.Text !== undefined && { text: Body.Text.Data }),
        ...(Body.Html !== undefined && { html: Body.Html.Data }),
      })
      const file = join(folder, `${new Date().toISOString().replace(/[:.]/g, '-')}-${slug(Subject.Data)}.eml`)
      writeFileSync(file, message as Buffer)
      await sender?.sendMail({ envelope: { from, to: [...to] }, raw: message })
      return { messageId, file, subject: Subject.Data }
    },
    close: () => sender?.close(),
  }
}

const slug = (text: string) =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 60)

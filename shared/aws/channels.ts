import { renderHtml } from '../render/html.ts'
import { renderPublication } from '../render/publication.ts'
import { renderSubject } from '../render/subject.ts'
import { renderText } from '../render/text.ts'
import { connectMail, sendMail } from './mail.ts'
import type { Channel } from './tell-group.ts'
import { connectTopic, publishTo } from './topic.ts'

/** The ways to tell people that are configured: the topic always, mail through SES where both addresses are given. */
export function connectChannels({
  topicArn,
  mailFrom,
  mailTo,
}: {
  readonly topicArn: string
  readonly mailFrom?: string | undefined
  readonly mailTo?: readonly string[] | undefined
}): Channel[] {
  const topic = connectTopic(topicArn)
  const channels: Channel[] = [{ name: 'sns', send: (notification) => publishTo(topic, renderPublication(notification)) }]
  if (mailFrom === undefined || mailTo === undefined || mailTo.length === 0) return channels
  const mail = connectMail(mailFrom, mailTo)
  const send: Channel['send'] = (notification) =>
    sendMail(mail, { subject: renderSubject(notification), text: renderText(notification), html: renderHtml(notification) })
  return [...channels, { name: 'ses', send }]
}

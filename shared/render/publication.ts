import type { Notification } from '../notification.ts'
import { renderChat } from './chat.ts'
import { renderMachine } from './machine.ts'
import { renderSubject } from './subject.ts'
import { renderText } from './text.ts'

/** A message as a topic takes it: each kind of subscriber gets the form it can read. */
export interface Publication {
  readonly subject: string
  /** By the subscriber's protocol; programs (queues, functions, streams) get the default. */
  readonly messages: Readonly<Record<'default' | 'email' | 'sms' | 'https', string>>
  readonly attributes: Readonly<Record<string, readonly string[]>>
}

/** Amazon Q Developer subscribes by https, and passes over what is not in its own form. */
export function renderPublication(notification: Notification): Publication {
  const subject = renderSubject(notification)
  const text = renderText(notification)
  const machine = JSON.stringify(renderMachine(notification))
  const chat = JSON.stringify(renderChat(notification))
  const { cluster, cause, family, severity, change, failing, resolved } = notification
  const namespaces = new Set([...failing, ...resolved].flatMap(({ namespace }) => namespace ?? []))
  return {
    subject,
    messages: { default: machine, email: text, sms: subject, https: chat },
    attributes: {
      cluster: [cluster],
      cause: [cause],
      family: [family],
      severity: [severity],
      change: [change],
      ...(namespaces.size > 0 && { namespace: [...namespaces].slice(0, 50) }),
    },
  }
}

import { leadOf, type Notification } from '../notification.ts'
import { storyOf } from './story.ts'
import { shorten } from './words.ts'

/** What Amazon Q Developer shows in Slack and Teams: its "custom notification" format. */
export interface ChatMessage {
  readonly version: '1.0'
  readonly source: 'custom'
  readonly id: string
  readonly content: {
    readonly textType: 'client-markdown'
    readonly title: string
    readonly description: string
    readonly nextSteps: readonly string[]
    readonly keywords: readonly string[]
  }
  readonly metadata: {
    readonly threadId: string
    readonly summary: string
    readonly eventType: string
    readonly relatedResources: readonly string[]
    readonly additionalContext: Readonly<Record<string, string>>
  }
}

const signs: Record<Notification['change'], string> = {
  opened: ':rotating_light:',
  escalated: ':rotating_light:',
  reminder: ':hourglass_flowing_sand:',
  resolved: ':white_check_mark:',
}

/** A message for chat; all messages of one group stand in one thread. */
export function renderChat(notification: Notification): ChatMessage {
  const story = storyOf(notification)
  const lead = leadOf(notification)
  const { change, groupKey, cluster, cause, family, severity, id } = notification
  const description = [
    story.explanation,
    ...story.quotes.slice(0, 2).map(({ text }) => fenced(shorten(text, 500))),
    ...block('What changed', story.changes),
    ...block('Failing of the same cause', story.others),
    ...block('Recovered', story.recovered),
    ...(story.link === undefined ? [] : [story.link]),
  ]
  const steps = story.remedies.map(({ text, command }) =>
    shorten(command === undefined ? text : `${text}\n${fenced(command)}`, 900),
  )
  return {
    version: '1.0',
    source: 'custom',
    id,
    content: {
      textType: 'client-markdown',
      title: shorten(`${signs[change]} ${story.headline}`, 240),
      description: shorten(description.filter((part) => part !== '').join('\n\n'), 6000),
      nextSteps: steps.slice(0, 5),
      keywords: [cluster, cause, severity],
    },
    metadata: {
      threadId: groupKey,
      summary: shorten(story.headline, 240),
      eventType: `incident ${change}`,
      relatedResources: [...notification.failing, ...notification.resolved].slice(0, 10).map((incident) => incident.id),
      additionalContext: { cluster, cause, family, severity, change, incident: lead.id },
    },
  }
}

const block = (title: string, lines: readonly string[]) =>
  lines.length === 0 ? [] : [`*${title}*\n${lines.map((line) => `- ${line}`).join('\n')}`]

/** A fence inside a quote would end the quote. */
const fenced = (text: string) => `\`\`\`\n${text.replaceAll('```', "'''")}\n\`\`\``

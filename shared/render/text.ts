import type { Notification } from '../notification.ts'
import { storyOf } from './story.ts'

/** A message as plain text, for somebody who was woken by it: what and where, why, what to do. */
export function renderText(notification: Notification): string {
  const story = storyOf(notification)
  const blocks = [
    [story.headline, story.state],
    [...paragraph(story.explanation), ...story.quotes.map(({ source, text, at }) => quoteLine(source, text, at))],
    titled('What changed since it was last healthy', story.changes.map(bullet)),
    titled(
      'What to do',
      story.remedies.flatMap(({ text, command }, i) => [
        `${i + 1}. ${text}`,
        ...(command === undefined ? [] : ['', ...indent(command, '      '), '']),
      ]),
    ),
    titled('Failing of the same cause', story.others.map(bullet)),
    titled('Recovered', story.recovered.map(bullet)),
    [...story.facts, ...(story.link === undefined ? [] : [story.link])],
  ]
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n').trimEnd())
    .join('\n\n')}\n`
}

const paragraph = (text: string) => (text === '' ? [] : [text])
const titled = (title: string, lines: readonly string[]) =>
  lines.length === 0 ? [] : [title, ...lines.map((line) => (line === '' ? '' : `  ${line}`))]
const bullet = (line: string) => `- ${line}`
const indent = (text: string, by: string) => text.split('\n').map((line) => `${by.slice(2)}${line}`)
const quoteLine = (source: string, text: string, at: string | undefined) =>
  ['', `  ${source}${at === undefined ? '' : ` at ${at}`}:`, ...text.split('\n').map((line) => `  > ${line}`)].join('\n')

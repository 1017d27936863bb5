import type { Notification } from '../notification.ts'
import { storyOf } from './story.ts'

/** No colours of text and ground are set but half-transparent ones, so that light and dark mail programs both stay readable. */
const styles = {
  page: 'font:16px/1.5 -apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif;max-width:44em;margin:0 auto;padding:16px',
  state: 'font-size:14px;margin:0 0 16px;opacity:.8',
  code: 'font:13px/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre-wrap;overflow-wrap:anywhere;background:rgba(127,127,127,.15);border-radius:6px;padding:8px 12px;margin:4px 0 12px',
  title: 'font-size:16px;margin:20px 0 4px',
  facts: 'font-size:13px;opacity:.75;margin-top:24px',
} as const

const accents = { critical: '#d13212', warning: '#c77700', info: '#0972d3' } as const

/** A message as HTML for e-mail. Everything that comes from a cluster is escaped. */
export function renderHtml(notification: Notification): string {
  const story = storyOf(notification)
  const accent = notification.change === 'resolved' ? '#1d8102' : accents[notification.severity]
  const body = [
    `<h1 style="font-size:20px;line-height:1.3;margin:0 0 4px;border-left:4px solid ${accent};padding-left:12px">${escape(story.headline)}</h1>`,
    `<p style="${styles.state}">${escape(story.state)}</p>`,
    story.explanation === '' ? '' : `<p>${escape(story.explanation)}</p>`,
    ...story.quotes.map(
      ({ source, text, at }) =>
        `<div style="font-size:13px;opacity:.75">${escape(source)}${at === undefined ? '' : ` at ${escape(at)}`}</div><pre style="${styles.code}">${escape(text)}</pre>`,
    ),
    section('What changed since it was last healthy', list(story.changes)),
    section(
      'What to do',
      story.remedies
        .map(
          ({ text, command }, i) =>
            `<p style="margin:8px 0 4px">${i + 1}. ${escape(text)}</p>${command === undefined ? '' : `<pre style="${styles.code}">${escape(command)}</pre>`}`,
        )
        .join(''),
    ),
    section('Failing of the same cause', list(story.others)),
    section('Recovered', list(story.recovered)),
    `<p style="${styles.facts}">${story.facts.map(escape).join('<br>')}</p>`,
    story.link === undefined ? '' : `<p><a href="${escape(story.link)}">Open the incident</a></p>`,
  ]
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">',
    `<title>${escape(story.headline)}</title></head><body style="margin:0"><div style="${styles.page}">`,
    ...body.filter((part) => part !== ''),
    '</div></body></html>',
  ].join('\n')
}

const section = (title: string, content: string) =>
  content === '' ? '' : `<h2 style="${styles.title}">${escape(title)}</h2>${content}`
const list = (lines: readonly string[]) =>
  lines.length === 0
    ? ''
    : `<ul style="margin:4px 0;padding-left:20px">${lines.map((line) => `<li style="overflow-wrap:anywhere">${escape(line)}</li>`).join('')}</ul>`

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escape = (text: string) => text.replace(/[&<>"']/g, (character) => entities[character] ?? character)

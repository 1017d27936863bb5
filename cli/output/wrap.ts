import { stripVTControlCharacters } from 'node:util'

/** Breaks a text into lines of at most `width` at its spaces; what has none (a command, an image) stays whole. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const paragraph of text.split('\n')) {
    let line = ''
    for (const word of paragraph.split(' ')) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line)
        line = word
      } else line = line === '' ? word : `${line} ${word}`
    }
    lines.push(line)
  }
  return lines
}

// oxlint-disable-next-line no-control-regex -- control characters in logs could drive the terminal
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g

/** One line of foreign text that is safe to print: shortened in its middle, without control characters. */
export function oneLine(text: string, length: number): string {
  const line = stripVTControlCharacters(text)
    .replace(/\s*\n\s*/g, ' ⏎ ')
    .replaceAll('\t', ' ')
    .replace(control, '')
    .trim()
  if (line.length <= length) return line
  const head = Math.ceil((length - 3) * 0.6)
  return `${line.slice(0, head)} … ${line.slice(line.length - (length - 3 - head))}`
}

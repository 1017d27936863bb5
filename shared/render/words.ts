/** Takes out what a terminal or a mail program would act upon: escape sequences and control characters. */
export function clean(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/\u001b\[[0-9;?]{0,20}[A-Za-z]/g, '').replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
}

/** Cuts a text in the middle: wrapped errors say what was tried at their beginning, and what was wrong at their end. */
export function shorten(text: string, limit: number, gap = ' ... '): string {
  if (text.length <= limit) return text
  const half = Math.floor((limit - gap.length) / 2)
  return `${text.slice(0, half)}${gap}${text.slice(-half)}`
}

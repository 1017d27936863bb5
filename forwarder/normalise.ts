/** A message without what differs each time it is said: numbers, times, ids and addresses. Two texts that say the same become equal. */
export function normalise(text: string): string {
  return text
    .slice(0, 2_000)
    .replace(/\b0x[0-9a-f]+\b/gi, '#')
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '#')
    .replace(/\b(?=[0-9a-f]{0,40}\d)[0-9a-f]{7,64}\b/gi, '#')
    .replace(/\d+/g, '#')
    .replace(/#(?:[.,:+TZ-]*#)+/g, '#')
}

import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs'

/** Beyond this, only both ends of a log are read. */
const wholeLimit = 96 << 20
const endBytes = 24 << 20

/** Reads a text as UTF-8, or as UTF-16 where a byte order mark says so (PowerShell's `>` writes that); other bytes become U+FFFD. */
export function readText(path: string): string {
  return decode(readFileSync(path))
}

/** Reads a log: whole as a rule, both ends of a very large one. */
export function readLog(path: string): string {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    if (size <= wholeLimit) return decode(readFileSync(file))
    const head = Buffer.alloc(endBytes)
    const tail = Buffer.alloc(endBytes)
    readSync(file, head, 0, endBytes, 0)
    readSync(file, tail, 0, endBytes, size - endBytes)
    return `${decode(head)}\n${decode(tail)}`
  } finally {
    closeSync(file)
  }
}

/** Turns bytes into text as said for `readText`. */
export function decode(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le', 2)
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return bytes.toString('utf8', 3)
  return bytes.toString('utf8')
}

import type { ContainerLog } from '../../shared/observe/snapshot.ts'

const frame = /^==== START logs for container (\S+) of pod ([^\s/]+)\/(\S+) ====\r?\n/gm
const headBytes = 64 * 1024
const tailBytes = 448 * 1024

/** What a file of frames holds, and what stands outside of them. */
export interface Frames {
  readonly logs: readonly ContainerLog[]
  readonly rest: string
}

/** Takes apart the `==== START logs for container C of pod NS/P ====` frames of `kubectl cluster-info dump`. */
export function readFrames(text: string, previous: boolean): Frames {
  const logs: ContainerLog[] = []
  const rest: string[] = []
  let end = 0
  for (const match of text.matchAll(frame)) {
    const [header, container = '', namespace = '', pod = ''] = match
    if (match.index < end) continue // a log that quotes a frame of its own
    rest.push(text.slice(end, match.index))
    const start = match.index + header.length
    const closing = `==== END logs for container ${container} of pod ${namespace}/${pod} ====`
    const closed = text.indexOf(closing, start)
    // A cut file ends within its last frame.
    const stop = closed < 0 ? text.length : closed
    end = closed < 0 ? stop : stop + closing.length
    const said = text.slice(start, stop)
    if (!isRefusal(said)) logs.push({ namespace, pod, container, previous, text: cut(said) })
  }
  rest.push(text.slice(end))
  return { logs, rest: rest.join('') }
}

/** kubectl writes into the frame why there is no log; that is nothing the container said. */
const isRefusal = (text: string) => text.trim() === '' || /^(?:Request|Create) log error: .*\s*$/.test(text)

/** A log's first lines (how it was started) and its last ones (how it ended) explain it. */
export function cut(text: string): string {
  if (text.length <= headBytes + tailBytes) return text
  const head = text.slice(0, headBytes)
  const tail = text.slice(-tailBytes)
  return `${head.slice(0, head.lastIndexOf('\n') + 1)}${tail.slice(tail.indexOf('\n') + 1)}`
}

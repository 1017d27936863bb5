/** Waits until a condition holds; jest's own time-out is the end of patience. */
export async function until<T>(condition: () => T | undefined | false): Promise<T> {
  for (;;) {
    const found = condition()
    if (found !== undefined && found !== false) return found
    await new Promise((resolve) => {
      setTimeout(resolve, 10)
    })
  }
}

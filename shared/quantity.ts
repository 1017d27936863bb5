const suffixes: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}

/** The number that a Kubernetes quantity stands for: `250m` is 0.25, `1Gi` is 1073741824; undefined for what is no quantity. */
export function parseQuantity(quantity: string | number | undefined): number | undefined {
  if (typeof quantity === 'number') return quantity
  const match = /^([+-]?[0-9.]+)(?:[eE]([+-]?[0-9]+)|([numkKMGTPE]i?|))$/.exec(quantity?.trim() ?? '')
  if (match === null) return undefined
  const [, digits, exponent, suffix = ''] = match
  const factor = exponent === undefined ? suffixes[suffix] : 10 ** Number(exponent)
  const value = Number(digits)
  return factor === undefined || Number.isNaN(value) ? undefined : value * factor
}

/** A quantity as people write it: memory and storage in binary units, CPU in cores or thousandths. */
export function formatQuantity(value: number, resource: string): string {
  if (!/memory|storage|hugepages/.test(resource)) {
    return value < 1 && value > 0 ? `${Math.round(value * 1000)}m` : String(Math.round(value * 1000) / 1000)
  }
  for (const unit of ['Ti', 'Gi', 'Mi', 'Ki']) {
    const size = suffixes[unit] ?? 1
    if (value >= size) return `${Math.round((value / size) * 10) / 10}${unit}`
  }
  return String(value)
}

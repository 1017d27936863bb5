type Labels = Readonly<Record<string, string>>

interface Metric {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly lines: () => string[]
}

interface Counter {
  readonly add: (by?: number, labels?: Labels) => void
  readonly total: () => number
}
interface Histogram {
  readonly observe: (value: number) => void
}

/** The metrics of one forwarder, in Prometheus' text format. */
export interface Metrics {
  readonly counter: (name: string, help: string) => Counter
  readonly gauge: (name: string, help: string, read: () => number) => void
  readonly histogram: (name: string, help: string, buckets: readonly number[]) => Histogram
  readonly text: () => string
}

/** A few lines of its own: what Prometheus wants is counters and a text, and a library would take 20 MB of memory for it. */
export function metricsOf(): Metrics {
  const metrics: Metric[] = []
  const write = (name: string, labels: string, value: number) => `${name}${labels === '' ? '' : `{${labels}}`} ${value}`
  return {
    counter: (name, help) => {
      const values = new Map<string, number>()
      metrics.push({
        name,
        help,
        type: 'counter',
        lines: () =>
          values.size === 0 ? [write(name, '', 0)] : [...values].map(([labels, value]) => write(name, labels, value)),
      })
      return {
        add: (by = 1, labels = {}) => {
          const key = labelText(labels)
          values.set(key, (values.get(key) ?? 0) + by)
        },
        total: () => [...values.values()].reduce((sum, value) => sum + value, 0),
      }
    },
    gauge: (name, help, read) => {
      metrics.push({ name, help, type: 'gauge', lines: () => [write(name, '', read())] })
    },
    histogram: (name, help, buckets) => {
      const counts = buckets.map(() => 0)
      let sum = 0
      let count = 0
      const lines = () => [
        ...buckets.map((bucket, at) => write(`${name}_bucket`, `le="${bucket}"`, counts[at] ?? 0)),
        write(`${name}_bucket`, 'le="+Inf"', count),
        write(`${name}_sum`, '', sum),
        write(`${name}_count`, '', count),
      ]
      metrics.push({ name, help, type: 'histogram', lines })
      return {
        observe: (value) => {
          sum += value
          count++
          for (const [at, bucket] of buckets.entries()) if (value <= bucket) counts[at] = (counts[at] ?? 0) + 1
        },
      }
    },
    text: () =>
      `${metrics.flatMap(({ name, help, type, lines }) => [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines()]).join('\n')}\n`,
  }
}

const labelText = (labels: Labels) =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, '_')}"`)
    .join(',')

/** What one forwarder counts. */
export function forwarderMetrics(metrics: Metrics) {
  metrics.gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss())
  metrics.gauge('process_cpu_seconds_total', 'CPU time, user and system.', () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  })
  return {
    requests: metrics.counter('kulprit_api_requests_total', 'Requests to the API server, by verb.'),
    watchTroubles: metrics.counter('kulprit_watch_errors_total', 'Lists and watches that broke off, by kind.'),
    relists: metrics.counter('kulprit_lists_total', 'Full lists, by kind.'),
    observations: metrics.counter('kulprit_observations_total', 'Observations, by urgency.'),
    recoveries: metrics.counter('kulprit_recoveries_total', 'Recoveries, by reason.'),
    delivered: metrics.counter('kulprit_events_delivered_total', 'Events that the bus took, by detail type.'),
    refusals: metrics.counter('kulprit_events_refused_total', 'Events that the bus refused and that are tried again, by code.'),
    dropped: metrics.counter('kulprit_events_dropped_total', 'Events given up, by reason.'),
    errors: metrics.counter('kulprit_errors_total', 'Evidence that could not be had and other errors, by place.'),
    latency: metrics.histogram(
      'kulprit_observation_seconds',
      'From the failure, by the container status, to its first observation.',
      [0.25, 0.5, 1, 2, 3, 5, 10, 30, 60, 300],
    ),
  } as const
}

export type ForwarderMetrics = ReturnType<typeof forwarderMetrics>

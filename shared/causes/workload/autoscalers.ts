import type { Cause } from '../cause.ts'
import { inNamespace } from '../wording.ts'
import { factsOf } from './facts-of.ts'

const metricEvents = [
  'FailedGetResourceMetric',
  'FailedGetContainerResourceMetric',
  'FailedGetPodsMetric',
  'FailedGetObjectMetric',
  'FailedGetExternalMetric',
  'FailedGetMetrics',
  'FailedComputeMetricsReplicas',
  'FailedGetScale',
  'FailedUpdateMetrics',
  'InvalidMetricSourceType',
  'FailedGetResourceMetrics',
  'InvalidSelector',
  'SelectorRequired',
  'KEDAScalerFailed',
  'ScaledObjectCheckFailed',
  'FailedConvertHPA',
  'FailedConvertMetrics',
]

/** Autoscalers that do not scale. */
export const autoscalers: readonly Cause[] = [
  {
    code: 'AutoscalerMetricsUnavailable',
    family: 'workload',
    title: 'The autoscaler cannot read its metrics',
    severity: 'warning',
    meaning: 'A HorizontalPodAutoscaler cannot read its metrics or its target, and does not scale.',
    knownBy: ['The condition ScalingActive is False, or events such as FailedGetResourceMetric.'],
    clues: [
      { source: 'event', reason: metricEvents, confidence: 'certain', weight: 70 },
      {
        source: 'status',
        confidence: 'certain',
        weight: 69,
        when: ({ state, reason = '' }, { subject }) =>
          state === 'condition' &&
          /HorizontalPodAutoscaler|ScaledObject/.test(subject.kind) &&
          (metricEvents.includes(reason) || reason !== ''),
      },
    ],
    explain: (given) => {
      const { quote } = given
      const { target } = factsOf(given, 'ScaleTarget')
      const why =
        /could not find the requested resource|metrics\.k8s\.io|no metrics returned from resource metrics|unable to fetch metrics from resource metrics/i.test(
          quote,
        )
          ? 'The resource metrics API does not answer: metrics-server is not installed, does not run, or has no figures of these pods.'
          : /missing request for/i.test(quote)
            ? 'A container has no request for this resource, and a percentage needs one.'
            : /custom\.metrics|custom metrics/i.test(quote)
              ? 'The adapter for custom metrics does not have this metric.'
              : /external/i.test(quote)
                ? 'The adapter for external metrics does not have this metric, or may not read it.'
                : /scale|selector/i.test(quote)
                  ? 'Its target does not exist or cannot be scaled.'
                  : ''
      return `${given.observation.subject.kind} ${given.observation.subject.name} does not scale${target === undefined ? '' : ` ${target}`}: ${quote.replace(/^ScalingActive: /, '')}. ${why} The number of replicas stays as it is, whatever the load.`
    },
    remedies: (given) => {
      const { subject } = given.observation
      return [
        { text: 'See what the autoscaler says in full.', command: `kubectl describe hpa ${subject.name}${inNamespace(given)}` },
        ...(/missing request/i.test(given.quote)
          ? [
              {
                text: 'Give every container (sidecars too) a request.',
                command: `kubectl set resources ${(factsOf(given, 'ScaleTarget')['target'] ?? 'deployment/NAME').toLowerCase()}${inNamespace(given)} --requests=cpu=100m`,
              },
            ]
          : [
              {
                text: 'See whether the metrics API is there and answers.',
                command:
                  'kubectl get apiservices | grep metrics; kubectl top pods -A | head -3; kubectl get pods -A | grep -i metrics',
              },
              {
                text: 'If metrics-server is missing, install it.',
                command:
                  'kubectl apply -f https://github.com/kubernetes-sigs/metrics-server/releases/latest/download/components.yaml',
              },
            ]),
        {
          text: 'See that it worked: TARGETS shows figures.',
          command: `kubectl get hpa ${subject.name}${inNamespace(given)} -w`,
        },
      ]
    },
    factor: ({ quote }) =>
      /custom/i.test(quote) ? 'custom metrics' : /external/i.test(quote) ? 'external metrics' : 'resource metrics',
  },
]

import type { Observation } from '../../observation.ts'
import { readProbe, type ProbeKind } from '../../observe/probes.ts'
import type { AnyClue, Cause, Facts } from '../cause.ts'
import { endOf } from './case.ts'
import { explanation, probeRemedies } from './probe-advice.ts'

const factsOf = (kind: ProbeKind, all: Observation, message?: string): Facts => ({ ...readProbe(kind, all, message) })

/** A program that ends by itself with an error of its own was not killed by the kubelet: its probes fail because it is gone. */
const endedByItself = (all: Observation): boolean => {
  const exitCode = endOf(all)?.exitCode
  return exitCode !== undefined && ![0, 137, 143].includes(exitCode)
}

const restarts = ({ evidence }: Observation): boolean => evidence.some((e) => e.source === 'status' && (e.restartCount ?? 0) > 0)

/** The kubelet kills what these probes refuse; the event that says so is proof. */
function killingClues(kind: 'liveness' | 'startup', weight: number): readonly AnyClue[] {
  const failed = new RegExp(`^${kind} probe (?:failed|errored|error|warning)`, 'i')
  return [
    {
      source: 'event',
      reason: ['Killing', 'Unhealthy'],
      text: new RegExp(`failed ${kind} probe|${kind} probe failed, will be restarted`, 'i'),
      confidence: 'certain',
      weight: weight + 12,
      when: (_, all) => !endedByItself(all) && factsOf(kind, all),
    },
    {
      // Go programs that are process 1 answer SIGTERM with exit code 2; without an error of their own it was the kubelet.
      source: 'event',
      reason: ['Killing', 'Unhealthy'],
      text: new RegExp(`failed ${kind} probe|${kind} probe failed, will be restarted`, 'i'),
      confidence: 'likely',
      weight: 47,
      when: (_, all) => factsOf(kind, all),
    },
    {
      source: 'event',
      reason: ['Unhealthy', 'ProbeError', 'ProbeWarning'],
      text: failed,
      confidence: 'likely',
      weight,
      when: ({ quote }, all) => !endedByItself(all) && factsOf(kind, all, quote),
    },
    {
      source: 'event',
      reason: ['Unhealthy', 'ProbeError', 'ProbeWarning'],
      text: failed,
      confidence: 'possible',
      weight: 16,
      when: ({ quote }, all) => restarts(all) && factsOf(kind, all, quote),
    },
    {
      source: 'log',
      text: /(?:GET|HEAD) (?<path>\/[^\s"]{0,200})[^\n]{0,60}\b(?<status>[45]\d\d)\b[^\n]{0,80}kube-probe|kube-probe[^\n]{0,80}\b(?:404|401|403|5\d\d)\b/,
      confidence: 'likely',
      weight: kind === 'liveness' ? 40 : 41,
      when: (_, all) =>
        all.evidence.some((e) => e.source === 'spec' && e.probes[kind] !== undefined) && restarts(all) && factsOf(kind, all),
    },
  ]
}

/** What the kubelet asks of a running container. */
export const probes: readonly Cause[] = [
  {
    code: 'LivenessProbeFailing',
    family: 'crash',
    title: 'The liveness probe fails, and the kubelet restarts the container',
    severity: 'critical',
    meaning:
      'The kubelet kills the container because its liveness probe fails: a wrong port or path, too early, too slow, or a program that hangs.',
    knownBy: [
      'A Killing event says that the container failed its liveness probe.',
      'Unhealthy events of the liveness probe go with restarts.',
    ],
    clues: killingClues('liveness', 54),
    explain: (given) => explanation('liveness', 'is restarted by the kubelet, again and again', given),
    remedies: (given) => probeRemedies('liveness', given),
  },
  {
    code: 'StartupProbeFailing',
    family: 'crash',
    title: 'The startup probe fails, and the kubelet restarts the container',
    severity: 'critical',
    meaning: 'The kubelet kills the container because its startup probe does not succeed in time.',
    knownBy: ['A Killing event says that the container failed its startup probe.', 'Unhealthy events of the startup probe.'],
    clues: killingClues('startup', 56),
    explain: (given) => explanation('startup', 'is killed before it is up', given),
    remedies: (given) => probeRemedies('startup', given),
  },
  {
    code: 'ReadinessProbeFailing',
    family: 'crash',
    title: 'The container runs and never becomes ready',
    severity: 'warning',
    meaning: 'The container runs, and its readiness probe fails, so that no Service sends it anything.',
    knownBy: ['Unhealthy events of the readiness probe, and a container that runs without being ready.'],
    clues: [
      {
        source: 'event',
        reason: ['Unhealthy', 'ProbeError', 'ProbeWarning'],
        text: /^readiness probe (?:failed|errored|error|warning)/i,
        confidence: 'likely',
        weight: 50,
        when: ({ quote }, all) => (all.symptom === 'NotReady' || all.symptom === 'Unhealthy') && factsOf('readiness', all, quote),
      },
      {
        source: 'event',
        reason: ['Unhealthy', 'ProbeError', 'ProbeWarning'],
        text: /^readiness probe (?:failed|errored|error|warning)/i,
        confidence: 'possible',
        weight: 9,
        when: ({ quote }, all) => !endedByItself(all) && factsOf('readiness', all, quote),
      },
    ],
    explain: (given) => explanation('readiness', 'runs and is not ready, so that no Service sends it anything', given),
    remedies: (given) => probeRemedies('readiness', given),
  },
]

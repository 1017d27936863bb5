import type { Cause } from '../cause.ts'
import { predicateClues } from '../scheduling/predicate.ts'
import { inNamespace, pods, who } from '../wording.ts'
import { claimOf } from './claim.ts'
import { volumeEvents } from './volume-events.ts'

/** Volumes that live where the pod cannot run. */
export const place: readonly Cause[] = [
  {
    code: 'VolumeNodeAffinityConflict',
    family: 'volume',
    title: 'The volume lives where the pod cannot run',
    severity: 'critical',
    meaning: 'The volume lives in another zone or on another node than the pod can run on.',
    knownBy: ['The scheduler says "volume node affinity conflict" or "didn\'t match PersistentVolume\'s node affinity".'],
    clues: [
      ...predicateClues({ kinds: ['volume-zone'] }).map((clue) => ({ ...clue, weight: clue.weight + 4 })),
      {
        source: 'event',
        reason: volumeEvents,
        text: /node affinity|MountVolume\.NodeAffinity check failed|no matching NodeSelectorTerms/i,
        confidence: 'certain',
        weight: 90,
      },
    ],
    explain: (given) => {
      const where = given.observation.evidence.flatMap((piece) =>
        piece.source === 'object' && piece.facts['place'] !== undefined ? [piece.facts] : [],
      )[0]
      return `The volume${where?.['volume'] === undefined ? '' : ` ${where['volume']}`} of claim ${where?.['claim'] ?? claimOf(given)} can only be used where ${where?.['place'] ?? 'its zone or node'}, and no node there takes the pod: such a node has left the cluster, is full, or the pod's own selector points elsewhere. ${who(given)} waits; a disk does not move to another zone or node by itself.${pods(given)}`
    },
    remedies: (given) => {
      const where = given.observation.evidence.flatMap((piece) =>
        piece.source === 'object' && piece.facts['place'] !== undefined ? [piece.facts] : [],
      )[0]
      return [
        {
          text: 'See where the volume lives, and which nodes are there.',
          command: `kubectl get pv ${where?.['volume'] ?? 'VOLUME'} -o jsonpath='{.spec.nodeAffinity}'; kubectl get nodes -L topology.kubernetes.io/zone,kubernetes.io/hostname`,
        },
        { text: 'Add a node in that zone (or bring that node back).' },
        {
          text: 'Or restore the data from a snapshot into a claim in a zone with nodes; a local volume whose node is gone has lost its data: delete the claim and let it be made anew.',
          command: `kubectl delete pvc ${where?.['claim'] ?? claimOf(given)}${inNamespace(given)}`,
        },
        {
          text: 'For the future, use a class with volumeBindingMode: WaitForFirstConsumer, so that the disk is made where the pod can run.',
        },
      ]
    },
    factor: (given) => `PersistentVolumeClaim/${claimOf(given)}`,
  },
]

import type { Cause } from '../cause.ts'
import { predicateClues } from '../scheduling/predicate.ts'
import { inNamespace, pods, within } from '../wording.ts'
import { claimFacts, claimOf, classOf } from './claim.ts'

/** Claims that exist and have no volume. */
export const unbound: readonly Cause[] = [
  {
    code: 'PvcUnbound',
    family: 'volume',
    title: 'A claim stays without a volume',
    severity: 'critical',
    meaning: 'The claim exists and stays Pending: no volume fits, no default class, or nothing provisions one.',
    knownBy: [
      'The claim is Pending, and the scheduler says "unbound immediate PersistentVolumeClaims" or that it found no volume to bind.',
    ],
    clues: [
      ...predicateClues({ kinds: ['claim-unbound'] }).map((clue) => ({ ...clue, weight: clue.weight + 2 })),
      {
        source: 'event',
        reason: ['FailedBinding', 'ExternalProvisioning', 'ProvisioningFailed'],
        text: /no persistent volumes available|no storage class is set|waiting for (?:a volume to be created|volume)|no default|no volume/i,
        confidence: 'certain',
        weight: 68,
      },
      { source: 'object', reason: ['ClaimPending', 'ClaimLost'], confidence: 'likely', weight: 40 },
      {
        source: 'event',
        text: /PersistentVolumeClaim is not bound|unbound (?:immediate )?PersistentVolumeClaims?|pvc is not bound|persistentvolumeclaim .{0,160} is not bound/i,
        confidence: 'certain',
        weight: 66,
      },
    ],
    explain: (given) => {
      const { size, class: named, provisioner, modes, volumes: all } = claimFacts(given.observation)
      const volumes = all
        ?.split('; ')
        .filter((volume) => !/ Bound\b/.test(volume))
        .join('; ')
      const lost = /bound to non-existent persistentvolume "?([\w.-]*)|has lost its PersistentVolume|ClaimLost|\bLost\b/i.exec(
        given.quote,
      )
      if (lost !== null)
        return `Claim ${claimOf(given)} was bound to ${lost[1] ? `the volume ${lost[1]}` : 'a volume'} that no longer exists, so that the claim is lost: it is never bound to another one, and ${within(given)} cannot be scheduled with it. Somebody (or a reclaim policy) has deleted the volume; unless its storage was kept, the data is gone.${pods(given)}`
      const why =
        provisioner !== undefined && provisioner !== 'kubernetes.io/no-provisioner'
          ? `Its class ${named} leaves the work to ${provisioner}, which has not made a volume: usually that driver is not installed, or its controller does not run.`
          : named === undefined
            ? `It names no storage class, and none is marked as the default, so that only an existing volume without class could serve it.${volumes ? ` There is: ${volumes}.` : ' None is free.'}`
            : `No volume of class ${named} fits its size and access modes${volumes ? ` (there is: ${volumes})` : ''}, and nothing provisions one.`
      return `Claim ${claimOf(given)}${size === undefined ? '' : ` for ${size}`}${modes ? ` (${modes})` : ''} stays without a volume, and ${within(given)} cannot be scheduled before it has one. ${why}${pods(given)}`
    },
    remedies: (given) => {
      const { class: named, provisioner } = claimFacts(given.observation)
      if (/non-existent persistentvolume|lost its PersistentVolume|ClaimLost|\bLost\b/i.test(given.quote))
        return [
          {
            text: 'See whether the disk itself still exists at the storage or cloud; then make a PersistentVolume for it under the old name.',
            command: `kubectl get pvc ${claimOf(given)}${inNamespace(given)} -o jsonpath='{.spec.volumeName}'; kubectl get pv`,
          },
          {
            text: 'If the data may go (or comes from a backup), delete the claim and create it anew; a StatefulSet makes it by itself when its pod is deleted.',
            command: `kubectl delete pvc ${claimOf(given)}${inNamespace(given)}`,
          },
          { text: 'See that it worked.', command: `kubectl get pvc${inNamespace(given)} -w` },
        ]
      return [
        {
          text: 'See the claim with its events, and the volumes and classes there are.',
          command: `kubectl describe pvc ${claimOf(given)}${inNamespace(given)}; kubectl get pv,storageclass`,
        },
        ...(provisioner === undefined || provisioner === 'kubernetes.io/no-provisioner'
          ? []
          : [
              {
                text: `See whether the driver ${provisioner} is installed and its controller runs.`,
                command: `kubectl get csidrivers; kubectl get pods -A | grep -i csi`,
              },
            ]),
        ...(named === undefined
          ? [
              {
                text: 'Make a class the default one, then delete and create the claim again.',
                command: `kubectl patch storageclass NAME -p '{"metadata":{"annotations":{"storageclass.kubernetes.io/is-default-class":"true"}}}'`,
              },
            ]
          : []),
        { text: 'Where volumes are made by hand, make one of the right class, size and access mode.' },
        { text: 'See that it worked.', command: `kubectl get pvc ${claimOf(given)}${inNamespace(given)} -w` },
      ]
    },
    factor: (given) => classOf(given) ?? `PersistentVolumeClaim/${claimOf(given)}`,
  },
]

import type { Case, Cause } from '../cause.ts'
import { inNamespace, pods, who } from '../wording.ts'
import { claimOf, classOf, innermost } from './claim.ts'
import { classMissing } from './class-missing.ts'

/** Provisioners that fail. */
export const provisioning: readonly Cause[] = [
  {
    code: 'VolumeProvisioningFailed',
    family: 'volume',
    title: 'The storage provisioner cannot make the volume',
    severity: 'critical',
    meaning: 'The provisioner reports an error: quota, permissions, bad parameters, no space.',
    knownBy: ['The claim has ProvisioningFailed events with an error of the driver.'],
    clues: [
      {
        source: 'event',
        reason: ['ProvisioningFailed', 'VolumeResizeFailed', 'ProvisionFailed'],
        unless: new RegExp(
          `${classMissing.source}|no persistent volumes available|WaitForFirstConsumer|waiting for first consumer`,
          'i',
        ),
        confidence: 'certain',
        weight: 78,
      },
      {
        source: 'event',
        text: /failed to provision volume with StorageClass "(?<class>[^"]+)"/,
        confidence: 'certain',
        weight: 77,
      },
      {
        source: 'event',
        reason: ['FailedScheduling', 'FailedBinding'],
        text: /(?:provisioning|provision volume) failed|failed to provision/i,
        confidence: 'certain',
        weight: 74,
      },
    ],
    explain: (given) => {
      const says = innermost(given.quote)
      return `Claim ${claimOf(given)} gets no volume${classOf(given) === undefined ? '' : ` of class ${classOf(given)}`}, because the provisioner reports: ${says}. ${reading(given.quote)} ${who(given)} waits until it is bound; the provisioner tries again by itself.${pods(given)}`
    },
    remedies: (given) => [
      { text: 'Read the whole error.', command: `kubectl describe pvc ${claimOf(given)}${inNamespace(given)}` },
      ...advice(given),
      { text: 'See the parameters of the class.', command: `kubectl get storageclass ${classOf(given) ?? 'CLASS'} -o yaml` },
      { text: 'Read the log of the provisioner.', command: `kubectl get pods -A | grep -i -E 'csi|provisioner'` },
      { text: 'See that it worked.', command: `kubectl get pvc ${claimOf(given)}${inNamespace(given)} -w` },
    ],
    factor: classOf,
  },
]

function reading(quote: string): string {
  if (/Unauthorized|AccessDenied|not authorized|forbidden|permission|403|AuthorizationFailed|credential/i.test(quote))
    return 'The driver lacks a permission or has no valid credentials at the cloud.'
  if (/quota|limit|exceeded|LimitExceeded|maximum/i.test(quote)) return 'A quota or limit at the provider is used up.'
  if (/not enough|no space|insufficient|ResourceExhausted|free space|capacity/i.test(quote))
    return 'The storage behind it has no room left.'
  if (/parameter|invalid|not supported|unsupported|InvalidArgument|unknown/i.test(quote))
    return 'The class or the claim asks for something that the driver does not take.'
  if (/no volume plugin matched/.test(quote))
    return 'The class names an in-tree provisioner that this Kubernetes no longer has; its CSI driver takes its place.'
  if (/timeout|timed out|deadline|connection|refused|unavailable/i.test(quote))
    return 'The driver does not reach the storage behind it.'
  return 'The driver says no more than that.'
}

function advice({ quote }: Case): { text: string; command?: string }[] {
  if (/Unauthorized|AccessDenied|not authorized|forbidden|permission|403|AuthorizationFailed|credential/i.test(quote))
    return [
      {
        text: "Give the driver's role the right to create volumes (EBS: the managed policy AmazonEBSCSIDriverPolicy, bound to its service account).",
      },
    ]
  if (/quota|limit|maximum/i.test(quote))
    return [
      {
        text: 'Raise the quota at the provider, or delete volumes that nobody uses.',
        command: `kubectl get pv | grep -E 'Released|Available|Failed'`,
      },
    ]
  if (/no volume plugin matched/.test(quote))
    return [
      {
        text: 'Install the CSI driver, and create a class that names it; then create the claim again with that class.',
        command: 'kubectl get csidrivers,storageclass',
      },
    ]
  return []
}

import { expect, it } from '@jest/globals'
import { catalogue } from '../../../shared/causes/catalogue.ts'
import { families } from '../../../shared/diagnosis.ts'

/** The public names: they stand in events, in the API and in alerts, and are never renamed. */
const codes = `
image: ImageCorrupt ImageMissingOrPrivate ImageNeverPull ImagePlatformMismatch ImagePullTimeout ImageRemoved ImageRepositoryNotFound ImageShortNameUnresolved ImageSignatureRejected ImageTagNotFound InvalidImageReference NodeDiskFull NodePullThrottled PullSecretInvalid PullSecretNotFound RegistryCredentialsMissing RegistryCredentialsRejected RegistryDnsFailure RegistryRateLimited RegistryTlsFailure RegistryUnavailable RegistryUnreachable
crash: ApplicationException BinaryArchitectureMismatch CommandNotExecutable CommandNotFound ContainerOutOfMemory DataUnusable DependencyAuthFailure DependencyUnavailable FilePermissionDenied InvalidArguments InvalidConfiguration LifecycleHookFailed LivenessProbeFailing MissingConfiguration MissingFile MissingSharedLibrary NativeCrash PortInUse ProcessCompleted ReadinessProbeFailing ServiceLinkCollision StartupProbeFailing UnexplainedExit
config: ConfigKeyNotFound ConfigMapNotFound InvalidSecurityContext RunAsNonRootViolation SecretNotFound
runtime: DeviceUnavailable InvalidMountPath IpAddressesExhausted RuntimeError RuntimeHandlerMissing SandboxNetworkFailure
volume: PvcNotFound PvcUnbound StorageClassNotFound VolumeAttachFailed VolumeMountFailed VolumeMultiAttach VolumeNodeAffinityConflict VolumeProvisioningFailed
scheduling: HostPortConflict InsufficientCpu InsufficientExtendedResource InsufficientMemory InsufficientPodSlots NodeSelectorMismatch NodeTaintsNotTolerated NodesUnschedulable PodAffinityConflict
eviction: EphemeralStorageExceeded EvictedNodePressure Preempted
node: NodeNotReady NodeUnderPressure
admission: AdmissionWebhookDenied AdmissionWebhookUnavailable InvalidSpec LimitRangeViolation PodSecurityViolation QuotaExceeded ServiceAccountNotFound
workload: AutoscalerMetricsUnavailable CronJobMissed DeadlineExceeded DeploymentStalled JobBackoffLimitExceeded
network: IngressBackendMissing LoadBalancerFailed ServiceWithoutEndpoints
`
  .trim()
  .split('\n')
  .flatMap((line) => {
    const [family = '', names = ''] = line.split(': ')
    return names.split(' ').map((code) => `${family}/${code}`)
  })

it('knows exactly the published causes, each in its family', () => {
  expect(catalogue.map(({ family, code }) => `${family}/${code}`).sort()).toEqual([...codes].sort())
})

it('knows each code once', () => {
  expect(new Set(catalogue.map(({ code }) => code)).size).toBe(catalogue.length)
})

it.each(catalogue.map((cause) => [cause.code, cause] as const))('says of %s what it means and how it is known', (_, cause) => {
  expect(families).toContain(cause.family)
  expect(cause.title).toMatch(/^\S.{10,}/)
  expect(cause.meaning).toMatch(/\.$/)
  expect(cause.knownBy.length).toBeGreaterThan(0)
  expect(cause.clues.length).toBeGreaterThan(0)
})

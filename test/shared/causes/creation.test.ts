import { describe, expect, it } from '@jest/globals'
import { creationNearMisses, creations, oci, places } from './creation-cases.ts'
import { diagnosesOf, waitingPod, warning } from './failing-pod.ts'

describe('a near miss', () => {
  it.each(creationNearMisses)('is not $not but $cause: $says', ({ cause, says, at = 'create' }) => {
    const [waits, reason, prefix] = places[at]
    expect(
      diagnosesOf(waitingPod({ reason: waits }), warning(reason, `${prefix}${says}`)).map((diagnosis) => diagnosis.cause),
    ).toEqual([cause])
  })
})

describe('a container that cannot be created', () => {
  it.each(creations)('is explained by $cause when it says: $says', ({ cause, says, at = 'create' }) => {
    const [waits, reason, prefix] = places[at]
    const event = warning(reason, `${prefix}${says}`)
    const byEvent = diagnosesOf(waitingPod({ reason: waits }), event)
    expect(byEvent.map((diagnosis) => diagnosis.cause)).toEqual([cause])
    if (waits === 'ContainerCreating') return
    const byStatus = diagnosesOf(waitingPod({ reason: waits, message: says }))
    expect(byStatus.map((diagnosis) => diagnosis.cause)).toEqual([cause])
  })

  it('is rejected for a forbidden kernel parameter before any container exists', () => {
    const pod = waitingPod({ reason: '' })
    const message = 'Pod was rejected: forbidden sysctl: "net.core.somaxconn" not allowlisted'
    const rejected = { ...pod, status: { phase: 'Failed', reason: 'SysctlForbidden', message } }
    expect(diagnosesOf(rejected)).toMatchObject([
      { cause: 'InvalidSecurityContext', symptom: 'SysctlForbidden', subject: { container: 'app' } },
    ])
  })

  it('is rejected when a device cannot be allocated', () => {
    const pod = waitingPod({ reason: '' })
    const message =
      'Allocate failed due to requested number of devices unavailable for nvidia.com/gpu. Requested: 1, Available: 0, which is unexpected'
    const rejected = { ...pod, status: { phase: 'Failed', reason: 'UnexpectedAdmissionError', message } }
    const [diagnosis] = diagnosesOf(rejected)
    expect(diagnosis).toMatchObject({ cause: 'DeviceUnavailable', confidence: 'certain', factor: 'node-1' })
    expect(diagnosis?.explanation).toContain('nvidia.com/gpu')
  })

  it('names the unit of a memory limit that is too small for the runtime itself', () => {
    const [diagnosis] = diagnosesOf(
      waitingPod({ reason: 'ContainerCreating', container: { resources: { limits: { memory: '64m' } } } }),
      warning(
        'FailedCreatePodSandBox',
        `Failed to create pod sandbox: ${oci}unable to apply cgroup configuration: mkdir /sys/fs/cgroup/memory/kubepods/x: cannot allocate memory: unknown`,
      ),
    )
    expect(diagnosis?.cause).toBe('RuntimeError')
    expect(diagnosis?.remedies[0]?.command).toBe('kubectl set resources pod/web-1 -c app --limits=memory=64Mi -n shop')
  })

  it('names where the manifest refers to what is missing', () => {
    const [diagnosis] = diagnosesOf(
      waitingPod({
        reason: 'CreateContainerConfigError',
        message: 'secret "web-database" not found',
        container: { env: [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'web-database', key: 'password' } } }] },
      }),
    )
    expect(diagnosis?.explanation).toContain('the variable PASSWORD')
    expect(diagnosis).toMatchObject({ cause: 'SecretNotFound', confidence: 'certain', factor: 'Secret/web-database' })
  })
})

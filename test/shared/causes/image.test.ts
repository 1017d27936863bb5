import { describe, expect, it } from '@jest/globals'
import { pullNearMisses, pulls, seenPulls } from './image-cases.ts'
import { diagnosesOf, pullDiagnoses, waitingPod, warning } from './failing-pod.ts'

describe('a failed pull', () => {
  it.each(pulls)(
    'is $cause when the runtime says: $says',
    ({ cause, says, image = 'registry.example.com/shop/web:1.2', secrets = [] }) => {
      expect(pullDiagnoses(says, image, secrets).map((diagnosis) => diagnosis.cause)).toEqual([cause, cause])
    },
  )
})

describe('near misses', () => {
  it.each(pullNearMisses)(
    'is not $not but $cause when it says: $says',
    ({ cause, says, image = 'registry.example.com/shop/web:1.2', secrets = [] }) => {
      expect(pullDiagnoses(says, image, secrets).map((diagnosis) => diagnosis.cause)).toEqual([cause, cause])
    },
  )

  it.each(seenPulls)('is $cause by all that is seen, and $near where that shows it', ({ cause, wins, near, misses }) => {
    expect(diagnosesOf(...wins)).toMatchObject([{ cause, confidence: 'certain' }])
    expect(diagnosesOf(...misses).map((diagnosis) => diagnosis.cause)).toEqual([near])
  })

  it('says that nothing explains a pull of which only the back-off is known', () => {
    const [unknown] = diagnosesOf(
      waitingPod({ reason: 'ImagePullBackOff', message: 'Back-off pulling image "registry.example.com/shop/web:1.2"' }),
      warning('BackOff', 'Back-off pulling image "registry.example.com/shop/web:1.2"', { type: 'Normal' }),
    )
    expect(unknown).toMatchObject({ cause: 'Unexplained', confidence: 'possible', symptom: 'ImagePullBackOff' })
  })
})

describe('a registry that says one thing after the other', () => {
  it('is judged by what it said last', () => {
    const image = 'registry.example.com/shop/web:1.2'
    const said = (message: string, lastTimestamp: string) =>
      warning('Failed', `Failed to pull image "${image}": ${message}`, { lastTimestamp })
    const [diagnosis] = diagnosesOf(
      waitingPod({ image, reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}"` }),
      said('dial tcp 192.0.2.7:443: i/o timeout', '2026-01-01T00:40:00Z'),
      said('manifest unknown', '2026-01-01T00:58:00Z'),
    )
    expect(diagnosis?.cause).toBe('ImageTagNotFound')
  })
})

describe('a Secret that the program needs', () => {
  it('is no missing tag, although the container waits for its image', () => {
    const [diagnosis] = diagnosesOf(
      waitingPod({ reason: 'ImagePullBackOff' }),
      warning('Failed', 'Error: secret "web-database" not found'),
    )
    expect(diagnosis?.cause).toBe('SecretNotFound')
  })
})

describe('pull secrets', () => {
  const missing = warning(
    'FailedToRetrieveImagePullSecret',
    'Unable to retrieve some image pull secrets (regcred); attempting to pull the image may not succeed.',
  )

  it('explain a refusal when they do not exist', () => {
    const diagnoses = pullDiagnoses(
      'unauthorized: authentication required',
      'registry.example.com/shop/web:1.2',
      ['regcred'],
      [missing],
    )
    expect(diagnoses.map(({ cause, confidence }) => ({ cause, confidence }))).toEqual([
      { cause: 'PullSecretNotFound', confidence: 'certain' },
      { cause: 'PullSecretNotFound', confidence: 'certain' },
    ])
    expect(diagnoses[0]?.remedies.map(({ command }) => command)).toContain(
      'kubectl create secret docker-registry regcred --docker-server=registry.example.com --docker-username=USER --docker-password=PASSWORD -n shop',
    )
  })

  it('do not explain a name that cannot be resolved', () => {
    const diagnoses = pullDiagnoses(
      'dial tcp: lookup registry.example.com: no such host',
      'registry.example.com/shop/web:1.2',
      ['regcred'],
      [missing],
    )
    expect(diagnoses.map(({ cause }) => cause)).toEqual(['RegistryDnsFailure', 'RegistryDnsFailure'])
  })

  it('are no matter on a pod that runs', () => {
    const pod = waitingPod({ reason: '' })
    const running = {
      ...pod,
      status: {
        phase: 'Running',
        containerStatuses: [
          { name: 'app', ready: true, restartCount: 0, state: { running: { startedAt: '2026-01-01T00:00:10Z' } } },
        ],
      },
    }
    expect(diagnosesOf(running, missing)).toEqual([])
  })
})

describe('what else was pulled', () => {
  const image = 'registry.example.com/shop/web:1.2'
  const absent = `failed to resolve reference "${image}": ${image}: not found`
  const runs = (name: string, used: string) => ({
    kind: 'Pod',
    metadata: { namespace: 'shop', name, uid: name },
    spec: { containers: [{ name: 'app', image: used }] },
    status: {
      phase: 'Running',
      containerStatuses: [
        {
          name: 'app',
          image: used,
          imageID: `${used}@sha256:ab`,
          ready: true,
          restartCount: 0,
          state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
        },
      ],
    },
  })

  it('makes a missing tag certain, where it was another tag of the same repository', () => {
    const [diagnosis] = pullDiagnoses(absent, image, [], [runs('old', 'registry.example.com/shop/web:1.1')])
    expect(diagnosis).toMatchObject({ cause: 'ImageTagNotFound', confidence: 'certain', factor: image })
  })

  it('shows a misspelt repository, where the same tag came from one of nearly that name', () => {
    const [diagnosis] = pullDiagnoses(absent, image, [], [runs('other', 'registry.example.com/shop/wbe:1.2')])
    expect(diagnosis).toMatchObject({ cause: 'ImageRepositoryNotFound', confidence: 'likely' })
    expect(diagnosis?.remedies[0]?.command).toBe('kubectl set image pod/web-1 app=registry.example.com/shop/wbe:1.2 -n shop')
  })

  it('shows that an image is gone, where another pod runs it', () => {
    const [diagnosis] = pullDiagnoses(absent, image, [], [runs('older', image)])
    expect(diagnosis).toMatchObject({ cause: 'ImageRemoved' })
    expect(diagnosis?.explanation).toContain('Pod/older')
  })
})

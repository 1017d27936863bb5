import { anyOf } from '../any-of.ts'
import type { Observation } from '../../observation.ts'
import type { Cause } from '../cause.ts'
import { inNamespace, nodeOf, onNode, pods, within, workloadOf } from '../wording.ts'
import { byImage, byNode, byRegistry, imageOf, pullClues, registryOf } from './pull-clues.ts'

/** What happens to the image on its way to the node, and on it. */
export const pull: readonly Cause[] = [
  {
    code: 'ImagePullTimeout',
    family: 'image',
    title: 'The download of the image takes too long',
    severity: 'critical',
    meaning: 'The download itself is too slow or too large: it was cut off during the pull of the layers, or does not end.',
    knownBy: [
      'The pull ends with "context deadline exceeded" or "canceled" after it had begun.',
      'The kubelet has been pulling for minutes, and nothing came of it.',
    ],
    clues: [
      ...pullClues({
        text: anyOf(
          [
            /context deadline exceeded|context canceled|request canceled|operation was canceled|timed? ?out/,
            /deadline exceeded|image pull progress|pull progress timeout|no progress|stalled|while reading body/,
            /DeadlineExceeded/,
          ],
          'i',
        ),
        unless: anyOf(
          [
            /dial tcp|awaiting headers|waiting for connection|no such host|lookup |x509|connection refused/,
            /TLS handshake|sandbox image|\b50[234]\b|toomanyrequests|vsock|failed to do request: Head/,
          ],
          'i',
        ),
        confidence: 'likely',
        weight: 74,
      }),
      {
        source: 'event',
        reason: ['Pulling'],
        confidence: 'likely',
        weight: 72,
        when: (evidence, all) => isStillPulling(all) && evidence.type === 'Normal',
      },
    ],
    explain: (given) =>
      `${registryOf(given)} answers, but the layers of ${imageOf(given)} come so slowly that ${given.evidence.source === 'event' && given.evidence.reason === 'Pulling' ? `the pull that began ${given.evidence.at === undefined ? 'long ago' : `at ${given.evidence.at}`} has not ended yet` : 'the pull was given up before the download was done'}. Either the image is very large, or the way from the node${given.spec?.node === undefined ? '' : ` ${given.spec.node}`} to the registry is slow or shared with many other pulls.${pods(given)}`,
    remedies: (given) => [
      {
        text: 'See how large the image is.',
        command: `docker manifest inspect ${imageOf(given)} | jq '[.layers[]?.size] | add'`,
      },
      { text: 'Time the pull by hand on the node.', command: `time crictl pull ${imageOf(given)}   # on node ${nodeOf(given)}` },
      {
        text: 'Make the image smaller (multi-stage build, smaller base), or bring it nearer: a mirror or pull-through cache in the same network, or pre-pulled nodes.',
      },
      {
        text: 'See how long a rollout may take before it counts as failed.',
        command: `kubectl get ${workloadOf(given)}${inNamespace(given)} -o jsonpath='{.spec.progressDeadlineSeconds}'`,
      },
    ],
    factor: byRegistry,
  },
  {
    code: 'NodeDiskFull',
    family: 'image',
    title: "The node's disk is full",
    severity: 'critical',
    meaning: 'No space is left on the node while an image is pulled or unpacked, or a container created.',
    knownBy: ['The runtime says "no space left on device" or that a disk quota is exceeded.'],
    clues: [
      ...pullClues({
        text: anyOf(
          [
            /no space left on device|disk quota exceeded|ENOSPC|not enough (?:free )?(?:disk )?space/,
            /insufficient (?:disk )?space|there is not enough space|out of disk/,
          ],
          'i',
        ),
        confidence: 'certain',
        weight: 90,
      }),
      {
        source: 'event',
        reason: ['FailedCreatePodSandBox', 'Failed', 'FailedMount', 'FailedCreatePodContainer'],
        text: /no space left on device|disk quota exceeded/i,
        unless: /inotify|memory cgroup|cgroup\/memory|mkdir \/sys\/fs\/cgroup|too many open/i,
        confidence: 'certain',
        weight: 89,
      },
      {
        source: 'status',
        text: /no space left on device|disk quota exceeded/i,
        unless: /inotify|memory cgroup|cgroup\/memory|mkdir \/sys\/fs\/cgroup|too many open/i,
        confidence: 'certain',
        weight: 88,
        when: ({ state }) => state === 'waiting',
      },
    ],
    explain: (given) =>
      `Node ${given.spec?.node ?? '(unknown)'} has no room left on the disk that holds images and containers, so that ${imageOf(given)} cannot be stored for ${within(given)}. The image and the registry are not at fault, and every other pod on that node is in danger too.${pods(given)}`,
    remedies: (given) => [
      {
        text: 'See what is full, blocks or inodes.',
        command: onNode(given, 'df -h /host/var/lib/containerd /host/var/lib/kubelet && df -i /host/var/lib/containerd'),
      },
      { text: 'Remove images that no container uses.', command: `crictl rmi --prune   # on node ${nodeOf(given)}` },
      { text: 'Keep new pods away until there is room.', command: `kubectl cordon ${nodeOf(given)}` },
      {
        text: 'For good: a larger disk, smaller images, ephemeral-storage limits, and lower imageGCHighThresholdPercent of the kubelet.',
      },
    ],
    factor: byNode,
  },
  {
    code: 'ImageCorrupt',
    family: 'image',
    title: 'The image is corrupt, or of a format that the runtime does not take',
    severity: 'critical',
    meaning: 'A layer is not what its digest says, or media type or manifest schema are not supported.',
    knownBy: [
      'The runtime names a digest mismatch, a failed size validation, a broken archive, or an unsupported media type or schema.',
    ],
    clues: [
      ...pullClues({
        text: anyOf(
          [
            /unexpected commit digest|digest (?:mismatch|did not match|verification failed|does not match)/,
            /size validation|(?:layer|config|image|manifest) verification failed|mismatched image rootfs/,
            /layer (?:\S+ )?verification|unsupported media ?type|mediatype .{0,80}(?:not supported|unsupported)/,
            /media type .{0,120}(?:not supported|no longer supported|unsupported)|schema ?(?:version )?1/,
            /manifest schema|DEPRECATION NOTICE|gzip: invalid|invalid (?:tar|gzip|checksum)|archive\/tar/,
            /wrong diff ?id|failed to (?:extract|unpack|apply) layer|failed to register layer|corrupt/,
            /checksum mismatch|unsupported (?:manifest|schema|compression)|missing signature key/,
            /not a valid (?:image|manifest)|manifest (?:is )?invalid|unexpected end of (?:archive|file)/,
            /magic number mismatch|content size of zero|error unpacking|invalid rootfs/,
            /does not match (?:the )?(?:expected )?digest|failed precondition|content digest \S+ not found/,
            /could not fetch content descriptor .{0,200}not found|blob unknown|unknown blob|blob .{0,100}not found/,
            /error reading (?:blob|layer)/,
          ],
          'i',
        ),
        unless:
          /no space left|no match for platform|deadline exceeded|lchown|operation not permitted|signature was required|rejected/i,
        confidence: 'certain',
        weight: 82,
        when: (_, text) => !/wrong (?:username|password)|x509/.test(text),
      }),
      ...pullClues({
        text: /failed to (?:extract|unpack|apply) layer|failed to register layer|error (?:un)?packing image/i,
        unless: /no space left/i,
        confidence: 'likely',
        weight: 73,
      }),
    ],
    explain: (given) => {
      const schema = /schema|media ?type|DEPRECATION/i.test(given.quote)
      return `The node got ${imageOf(given)} from ${registryOf(given)}, and ${schema ? 'its manifest has a format that the container runtime of this node does not take' : 'a part of it is not what its digest says, so that the runtime refuses it'}. ${schema ? 'Old images (Docker schema 1) and artifacts that are no images (charts, signatures) look like that; the image must be built and pushed anew.' : 'Either the push was damaged, a mirror or proxy serves broken or cut content, or the content store of the node is damaged.'}${pods(given)}`
    },
    remedies: (given) => [
      {
        text: 'Compare with a pull elsewhere: if that fails too, the image in the registry is broken.',
        command: `skopeo inspect --raw docker://${imageOf(given)} | jq '{schemaVersion, mediaType}'; docker pull ${imageOf(given)}`,
      },
      {
        text: 'Build and push it again, from a clean cache.',
        command: `docker build --no-cache -t ${imageOf(given)} . && docker push ${imageOf(given)}`,
      },
      {
        text: 'If it pulls well elsewhere, clear what the node kept of it.',
        command: `crictl rmi ${imageOf(given)}; ctr -n k8s.io content prune references   # on node ${nodeOf(given)}`,
      },
    ],
    factor: byImage,
  },
  {
    code: 'ImageSignatureRejected',
    family: 'image',
    title: 'The signature policy of the node refuses the image',
    severity: 'critical',
    meaning: "The runtime's signature policy refused the image.",
    knownBy: [
      'The container waits with SignatureValidationFailed.',
      'The runtime says "Source image rejected" or that a signature is required.',
    ],
    clues: [
      { source: 'status', reason: ['SignatureValidationFailed'], confidence: 'certain', weight: 91 },
      ...pullClues({
        text: anyOf(
          [
            /SignatureValidationFailed|source image rejected|signature was required|no signature exists/,
            /signature (?:validation|verification)(?: failed)?|Running image .{0,200}rejected by policy/,
            /rejected by (?:signature )?policy|cryptographic signature verification failed|invalid signature/,
            /cosign|sigstore|not signed|Required email .{0,120}not found|policy\.json/,
            /image verif(?:ier|ication) .{0,60}(?:blocked|rejected|denied)|verification failed for key/,
          ],
          'i',
        ),
        confidence: 'certain',
        weight: 90,
      }),
    ],
    explain: (given) =>
      `The registry delivered ${imageOf(given)}, and the signature policy of node ${given.spec?.node ?? 'the pod runs on'} refuses it: ${given.quote.replace(/^.*?(?:SignatureValidationFailed|rejected)[:,]? ?/i, '').slice(0, 200) || 'no accepted signature was found'}. Trying again changes nothing: the image must be signed by an accepted signer, or the policy must allow it.${pods(given)}`,
    remedies: (given) => [
      {
        text: 'See who has signed the image.',
        command: `cosign tree ${imageOf(given)}; skopeo inspect docker://${imageOf(given)} | jq .Digest`,
      },
      { text: 'Sign it as the policy wants.', command: `cosign sign ${imageOf(given)}` },
      {
        text: 'Read the policy of the node.',
        command: `cat /etc/containers/policy.json; ls /etc/containers/registries.d   # on node ${nodeOf(given)}`,
      },
    ],
    factor: byImage,
  },
  {
    code: 'NodePullThrottled',
    family: 'image',
    title: 'The kubelet itself slows its pulls down',
    severity: 'warning',
    meaning: "The kubelet's own limit on pulls (registryPullQPS) was reached.",
    knownBy: ['The kubelet says "pull QPS exceeded".'],
    clues: [...pullClues({ text: /pull QPS exceeded|registry-?pull-?qps|registry-burst/i, confidence: 'certain', weight: 94 })],
    explain: (given) =>
      `Node ${given.spec?.node ?? 'the pod was given to'} starts more pulls at once than its kubelet allows (registryPullQPS 5, registryBurst 10 by default), so that ${imageOf(given)} has to wait its turn. No registry was asked; it happens when many pods start on one node together, and ends by itself once they are through.${pods(given)}`,
    remedies: (given) => [
      {
        text: 'Wait some minutes, and see whether it went away.',
        command: `kubectl get pods${inNamespace(given)} --field-selector spec.nodeName=${nodeOf(given)}`,
      },
      {
        text: 'If it comes back, raise registryPullQPS and registryBurst in the configuration of the kubelet, and restart it.',
        command: `kubectl get --raw "/api/v1/nodes/${nodeOf(given)}/proxy/configz" | jq '.kubeletconfig | {registryPullQPS, registryBurst, serializeImagePulls}'`,
      },
      {
        text: 'Spread the start of the pods, and use imagePullPolicy IfNotPresent with fixed tags, so that restarts pull nothing.',
      },
    ],
    factor: byNode,
  },
]

/** The pull began, and no event says that it ended either way. */
function isStillPulling({ symptom, evidence }: Observation): boolean {
  const latest = evidence.find(
    (e) => e.source === 'event' && /^(?:Pulling|Pulled|Failed|BackOff|Created|Started)$/.test(e.reason),
  )
  return symptom === 'ContainerCreating' && latest?.source === 'event' && latest.reason === 'Pulling'
}

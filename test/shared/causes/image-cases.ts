import type { KubernetesObject } from '../../../shared/kubernetes.ts'
import { waitingPod, warning } from './failing-pod.ts'

/** What a runtime says of a pull, and the cause it speaks for. */
export interface Pull {
  readonly cause: string
  readonly says: string
  readonly image?: string
  readonly secrets?: readonly string[]
}

/** For each cause of the family image what says so. */
export const pulls: readonly Pull[] = [
  // The tag, and near it
  {
    cause: 'ImageTagNotFound',
    image: 'nginx:1.99',
    says: 'rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/library/nginx:1.99": failed to resolve reference "docker.io/library/nginx:1.99": docker.io/library/nginx:1.99: not found',
  },
  {
    cause: 'ImageTagNotFound',
    says: 'rpc error: code = Unknown desc = reading manifest 1.2 in registry.example.com/shop/web: manifest unknown: manifest unknown',
  },
  {
    cause: 'ImageTagNotFound',
    image: 'shop.azurecr.io/web:1.2',
    says: 'rpc error: code = NotFound desc = manifest tagged by "1.2" is not found',
  },
  {
    cause: 'ImageTagNotFound',
    image: 'europe-docker.pkg.dev/p/r/web:1.2',
    says: 'Error response from daemon: manifest for europe-docker.pkg.dev/p/r/web:1.2 not found: manifest unknown: Failed to fetch "1.2"',
  },
  {
    cause: 'ImageTagNotFound',
    says: 'rpc error: code = Unknown desc = Error response from daemon: manifest for registry.example.com/shop/web:1.2 not found: manifest unknown: The named manifest is not known to the registry.',
  },
  { cause: 'ImageTagNotFound', says: 'unexpected status code [manifests 1.2]: 404 Not Found' },
  {
    cause: 'ImageTagNotFound',
    says: 'rpc error: code = Unknown desc = Tag 1.2 not found in repository registry.example.com/shop/web',
  },
  // The repository
  {
    cause: 'ImageRepositoryNotFound',
    says: 'rpc error: code = NotFound desc = failed to resolve: name unknown: repository name not known to registry',
  },
  {
    cause: 'ImageRepositoryNotFound',
    image: '111122223333.dkr.ecr.eu-west-1.amazonaws.com/web:1.2',
    says: "Error response from daemon: repository 111122223333.dkr.ecr.eu-west-1.amazonaws.com/web not found: name unknown: The repository with name 'web' does not exist in the registry with id '111122223333'",
  },
  {
    cause: 'ImageRepositoryNotFound',
    says: 'rpc error: code = NotFound desc = unknown: project shop not found: project shop not found',
  },
  {
    cause: 'ImageRepositoryNotFound',
    image: 'ngnix',
    says: "rpc error: code = Unknown desc = Error response from daemon: pull access denied for ngnix, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
  },
  {
    cause: 'ImageRepositoryNotFound',
    image: 'ngnix:1.2',
    says: 'failed to pull and unpack image "docker.io/library/ngnix:1.2": failed to resolve reference: pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
  },
  // Gone
  {
    cause: 'ImageRemoved',
    image: 'quay.io/shop/web:1.2',
    says: 'rpc error: code = Unknown desc = reading manifest 1.2 in quay.io/shop/web: manifest unknown: Tag 1.2 was deleted or has expired. To pull, revive via time machine',
  },
  // Either
  {
    cause: 'ImageMissingOrPrivate',
    image: 'shop/web:1.2',
    says: "Error response from daemon: pull access denied for shop/web, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
  },
  {
    cause: 'ImageMissingOrPrivate',
    image: 'shop/web:1.2',
    says: 'initializing source docker://shop/web:1.2: reading manifest 1.2 in docker.io/shop/web: requested access to the resource is denied',
  },
  {
    cause: 'ImageMissingOrPrivate',
    image: 'ghcr.io/shop/web:1.2',
    says: 'failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://ghcr.io/token?scope=repository%3Ashop%2Fweb%3Apull&service=ghcr.io: 403 Forbidden',
  },
  // Credentials
  {
    cause: 'RegistryCredentialsMissing',
    says: 'Error response from daemon: Get "https://registry.example.com/v2/shop/web/manifests/1.2": no basic auth credentials',
  },
  {
    cause: 'RegistryCredentialsMissing',
    image: 'shop.azurecr.io/web:1.2',
    says: 'failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://shop.azurecr.io/oauth2/token?scope=repository%3Aweb%3Apull&service=shop.azurecr.io: 401 Unauthorized',
  },
  {
    cause: 'RegistryCredentialsMissing',
    image: 'europe-docker.pkg.dev/p/r/web:1.2',
    says: 'denied: Unauthenticated request. Unauthenticated requests do not have permission "artifactregistry.repositories.downloadArtifacts" on resource "projects/p/locations/europe/repositories/r" (or it may not exist)',
  },
  { cause: 'RegistryCredentialsMissing', says: 'unauthorized: authentication required' },
  {
    cause: 'RegistryCredentialsMissing',
    image: 'quay.io/shop/web:1.2',
    says: 'initializing source docker://quay.io/shop/web:1.2: reading manifest 1.2 in quay.io/shop/web: unauthorized: access to the requested resource is not authorized',
  },
  {
    cause: 'RegistryCredentialsRejected',
    secrets: ['regcred'],
    says: 'failed to authorize: failed to fetch oauth token: unexpected status from POST request to https://registry.example.com/token: 401 Unauthorized',
  },
  {
    cause: 'RegistryCredentialsRejected',
    secrets: ['regcred'],
    image: 'shop/web:1.2',
    says: 'Error response from daemon: Head "https://registry-1.docker.io/v2/shop/web/manifests/1.2": unauthorized: incorrect username or password',
  },
  {
    cause: 'RegistryCredentialsRejected',
    image: '111122223333.dkr.ecr.eu-west-1.amazonaws.com/web:1.2',
    says: 'denied: Your authorization token has expired. Reauthenticate and try again.',
  },
  {
    cause: 'RegistryCredentialsRejected',
    image: '111122223333.dkr.ecr.eu-west-1.amazonaws.com/web:1.2',
    says: 'denied: User: arn:aws:sts::999:assumed-role/nodes/i-1 is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:eu-west-1:111122223333:repository/web because no resource-based policy allows the ecr:BatchGetImage action',
  },
  {
    cause: 'RegistryCredentialsRejected',
    secrets: ['gitlab'],
    image: 'registry.gitlab.com/shop/web:1.2',
    says: 'unexpected status from GET request to https://gitlab.com/jwt/auth: 403 Forbidden: HTTP Basic: Access denied',
  },
  {
    cause: 'RegistryCredentialsRejected',
    secrets: ['regcred'],
    says: 'unauthorized: unauthorized to access repository: shop/web, action: pull: unauthorized to access repository',
  },
  { cause: 'PullSecretInvalid', secrets: ['regcred'], says: 'illegal base64 data at input byte 5' },
  {
    cause: 'PullSecretInvalid',
    secrets: ['regcred'],
    says: 'failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://registry.example.com/token: 401 Unauthorized',
  },
  // The registry
  {
    cause: 'RegistryRateLimited',
    image: 'nginx',
    says: 'failed to copy: httpReadSeeker: failed open: unexpected status code https://registry-1.docker.io/v2/library/nginx/manifests/sha256:ab: 429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit',
  },
  { cause: 'RegistryRateLimited', image: 'public.ecr.aws/shop/web:1.2', says: 'toomanyrequests: Data limit exceeded' },
  {
    cause: 'RegistryRateLimited',
    image: 'gcr.io/p/web:1.2',
    says: "unknown: Quota exceeded for quota metric 'Requests per project per region' and limit 'Requests per project per region per minute per region'",
  },
  {
    cause: 'RegistryDnsFailure',
    says: 'failed to do request: Head "https://registry.example.com/v2/shop/web/manifests/1.2": dial tcp: lookup registry.example.com on 10.0.0.2:53: no such host',
  },
  {
    cause: 'RegistryDnsFailure',
    says: 'Error response from daemon: Get "https://registry.example.com/v2/": dial tcp: lookup registry.example.com on 127.0.0.53:53: read udp 127.0.0.1:4711->127.0.0.53:53: i/o timeout',
  },
  {
    cause: 'RegistryDnsFailure',
    says: 'pinging container registry registry.example.com: Get "https://registry.example.com/v2/": dial tcp: lookup registry.example.com: Temporary failure in name resolution',
  },
  {
    cause: 'RegistryDnsFailure',
    says: 'dial tcp: lookup registry.example.com on [::1]:53: read udp [::1]:4711->[::1]:53: read: connection refused',
  },
  {
    cause: 'RegistryUnreachable',
    says: 'failed to do request: Head "https://registry.example.com/v2/shop/web/manifests/1.2": dial tcp 192.0.2.7:443: connect: connection refused',
  },
  {
    cause: 'RegistryUnreachable',
    says: 'failed to do request: Head "https://registry.example.com/v2/shop/web/manifests/1.2": proxyconnect tcp: dial tcp: lookup proxy.corp on 10.0.0.2:53: no such host',
  },
  { cause: 'RegistryUnreachable', says: 'Get "https://registry.example.com/v2/": net/http: TLS handshake timeout' },
  {
    cause: 'RegistryUnreachable',
    says: 'failed to copy: read tcp 10.0.0.5:55000->192.0.2.7:443: read: connection reset by peer',
  },
  {
    cause: 'RegistryUnreachable',
    says: 'failed to do request: Head "https://registry.example.com/v2/shop/web/manifests/1.2": EOF',
  },
  {
    cause: 'RegistryUnreachable',
    says: 'failed to resolve reference "registry.example.com/shop/web:1.2": failed to do request: Head "https://registry.example.com/v2/shop/web/manifests/1.2": context deadline exceeded',
  },
  {
    cause: 'RegistryTlsFailure',
    says: 'failed to do request: Head "https://registry.example.com/v2/shop/web/manifests/1.2": tls: failed to verify certificate: x509: certificate is valid for a.example.com, not registry.example.com',
  },
  {
    cause: 'RegistryTlsFailure',
    says: 'Get "https://registry.example.com:5000/v2/": http: server gave HTTP response to HTTPS client',
  },
  { cause: 'RegistryTlsFailure', says: 'Get "https://registry.example.com/v2/": remote error: tls: handshake failure' },
  {
    cause: 'RegistryTlsFailure',
    says: 'Get "https://registry.example.com/v2/": x509: certificate relies on legacy Common Name field, use SANs instead',
  },
  {
    cause: 'RegistryUnavailable',
    says: 'unexpected status from HEAD request to https://registry.example.com/v2/shop/web/manifests/1.2: 503 Service Unavailable',
  },
  { cause: 'RegistryUnavailable', says: 'Error response from daemon: received unexpected HTTP status: 502 Bad Gateway' },
  {
    cause: 'RegistryUnavailable',
    says: 'reading manifest 1.2 in registry.example.com/shop/web: received unexpected HTTP status: 504 Gateway Time-out',
  },
  // The download and the node
  {
    cause: 'ImagePullTimeout',
    says: 'rpc error: code = DeadlineExceeded desc = failed to pull and unpack image "registry.example.com/shop/web:1.2": failed to copy: context deadline exceeded',
  },
  {
    cause: 'ImagePullTimeout',
    says: 'rpc error: code = Canceled desc = failed to pull and unpack image "registry.example.com/shop/web:1.2": context canceled',
  },
  { cause: 'ImagePullTimeout', says: 'net/http: request canceled (Client.Timeout or context cancellation while reading body)' },
  {
    cause: 'NodeDiskFull',
    says: 'failed to pull and unpack image "registry.example.com/shop/web:1.2": failed to extract layer sha256:ab: write /var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/1/fs/lib.so: no space left on device: unknown',
  },
  {
    cause: 'NodeDiskFull',
    says: 'failed to register layer: Error processing tar file(exit status 1): write /usr/lib/a.so: no space left on device',
  },
  { cause: 'ImagePlatformMismatch', says: 'no matching manifest for windows/amd64 10.0.17763 in the manifest list entries' },
  {
    cause: 'ImagePlatformMismatch',
    says: 'choosing image instance: no image found in image index for architecture "arm64", variant "v8", OS "linux"',
  },
  {
    cause: 'ImagePlatformMismatch',
    says: 'image operating system "windows" cannot be used on this platform: operating system is not supported',
  },
  { cause: 'ImagePlatformMismatch', says: 'a Windows version 10.0.20348-based image is incompatible with a 10.0.17763 host' },
  {
    cause: 'ImageCorrupt',
    says: 'failed to extract layer sha256:ab: failed to get stream processor for application/vnd.docker.image.rootfs.diff.tar.gzip: gzip: invalid header: unknown',
  },
  {
    cause: 'ImageCorrupt',
    says: 'failed to pull and unpack image: failed to copy: httpReadSeeker: failed open: could not fetch content descriptor sha256:ab (application/vnd.docker.image.rootfs.diff.tar.gzip) from remote: not found',
  },
  {
    cause: 'ImageCorrupt',
    says: 'failed to pull and unpack image: failed to resolve rootfs: content digest sha256:ab: not found',
  },
  {
    cause: 'ImageCorrupt',
    says: 'media type "application/vnd.docker.distribution.manifest.v1+prettyjws" is no longer supported since containerd v2.1, please rebuild the image',
  },
  { cause: 'ImageCorrupt', says: 'filesystem layer verification failed for digest sha256:ab' },
  {
    cause: 'ImageSignatureRejected',
    says: 'Source image rejected: Running image docker://registry.example.com/shop/web:1.2 is rejected by policy.',
  },
  {
    cause: 'ImageSignatureRejected',
    says: 'copying system image from manifest list: Source image rejected: None of the signatures were accepted, reasons: Signature for identity shop/api is not accepted',
  },
  {
    cause: 'ImageShortNameUnresolved',
    image: 'web:1.2',
    says: 'rpc error: code = Unknown desc = short-name "web:1.2" did not resolve to an alias and no unqualified-search registries are defined in "/etc/containers/registries.conf"',
  },
  { cause: 'NodePullThrottled', says: 'pull QPS exceeded' },
  {
    cause: 'InvalidImageReference',
    image: 'shop/Web:1.2',
    says: 'couldn\'t parse image name "shop/Web:1.2": invalid reference format: repository name must be lowercase',
  },
  {
    cause: 'RuntimeError',
    says: 'rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: connection refused"',
  },
  {
    cause: 'RuntimeError',
    says: 'failed to prepare extraction snapshot "extract-1 sha256:ab": parent snapshot sha256:cd does not exist: not found',
  },
  { cause: 'PullSecretInvalid', secrets: ['regcred'], says: 'net/http: invalid header field value for "Authorization"' },
  {
    cause: 'ImageTagNotFound',
    says: '(Mirrors also failed: [mirror.corp/shop/web:1.2: pinging container registry mirror.corp: Get "https://mirror.corp/v2/": dial tcp: lookup mirror.corp: no such host]): registry.example.com/shop/web:1.2: reading manifest 1.2 in registry.example.com/shop/web: manifest unknown',
  },
]

/** A pull that reads like another cause. */
export interface MissedPull extends Pull {
  readonly not: string
}

/** What reads like a cause and is another. */
export const pullNearMisses: readonly MissedPull[] = [
  {
    not: 'InvalidImageReference',
    cause: 'ImageTagNotFound',
    says: 'manifest for registry.example.com/shop/web:1.2 not found: manifest unknown: not an invalid tag',
  },
  {
    not: 'ImageShortNameUnresolved',
    cause: 'RegistryDnsFailure',
    image: 'web:1.2',
    says: 'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host',
  },
  { not: 'ImageTagNotFound', cause: 'ImageRepositoryNotFound', says: 'name unknown: repository shop/web not found' },
  {
    not: 'ImageRepositoryNotFound',
    cause: 'ImageMissingOrPrivate',
    image: 'shop/nginx',
    says: 'pull access denied for shop/nginx, repository does not exist or may require authorization',
  },
  {
    not: 'ImageRemoved',
    cause: 'RegistryCredentialsRejected',
    secrets: ['regcred'],
    says: 'unauthorized: the access token has expired',
  },
  {
    not: 'ImageMissingOrPrivate',
    cause: 'RegistryCredentialsRejected',
    image: 'shop/web:1.2',
    secrets: ['regcred'],
    says: 'pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
  },
  { not: 'RegistryCredentialsMissing', cause: 'RegistryCredentialsRejected', secrets: ['regcred'], says: '401 Unauthorized' },
  {
    not: 'RegistryCredentialsRejected',
    cause: 'RegistryRateLimited',
    secrets: ['regcred'],
    says: 'denied: toomanyrequests: authentication required for more pulls',
  },
  {
    not: 'PullSecretInvalid',
    cause: 'RegistryCredentialsMissing',
    says: 'failed to fetch anonymous token: unexpected status: 401 Unauthorized',
  },
  { not: 'RegistryRateLimited', cause: 'NodePullThrottled', says: 'pull QPS exceeded' },
  { not: 'RegistryDnsFailure', cause: 'RegistryUnreachable', says: 'dial tcp 192.0.2.7:443: i/o timeout' },
  {
    not: 'RegistryUnreachable',
    cause: 'RegistryDnsFailure',
    says: 'dial tcp: lookup registry.example.com on 10.0.0.2:53: read udp 10.0.0.9:4711->10.0.0.2:53: i/o timeout',
  },
  {
    not: 'RegistryTlsFailure',
    cause: 'RegistryUnreachable',
    says: 'Get "https://registry.example.com/v2/": net/http: TLS handshake timeout',
  },
  {
    not: 'RegistryUnavailable',
    cause: 'RegistryCredentialsMissing',
    says: 'received unexpected HTTP status: 500 Internal Server Error, unauthorized: authentication required',
  },
  {
    not: 'ImagePullTimeout',
    cause: 'RegistryUnreachable',
    says: 'net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
  },
  { not: 'NodeDiskFull', cause: 'ImageCorrupt', says: 'failed to extract layer sha256:ab: archive/tar: invalid tar header' },
  { not: 'ImagePlatformMismatch', cause: 'ImageTagNotFound', says: 'registry.example.com/shop/web:1.2: not found' },
  {
    not: 'ImageCorrupt',
    cause: 'NodeDiskFull',
    says: 'failed to extract layer sha256:ab: mount callback failed: no space left on device',
  },
  { not: 'ImageSignatureRejected', cause: 'RegistryTlsFailure', says: 'x509: certificate signed by unknown authority' },
  { not: 'NodePullThrottled', cause: 'RegistryRateLimited', says: 'toomanyrequests: Rate exceeded' },
]

const image = 'registry.example.com/shop/web:1.2'
const spec = { imagePullSecrets: [{ name: 'regcred' }] }
const noSecret = warning(
  'FailedToRetrieveImagePullSecret',
  'Unable to retrieve some image pull secrets (regcred); attempting to pull the image may not succeed.',
)
const failed = (message: string) => warning('Failed', `Failed to pull image "${image}": ${message}`)

interface Objects {
  readonly cause: string
  readonly wins: readonly KubernetesObject[]
  /** The other cause, and what shows it. */
  readonly near: string
  readonly misses: readonly KubernetesObject[]
}

/** Causes of the family image that more than the words of a pull decide. */
export const seenPulls: readonly Objects[] = [
  {
    cause: 'ImageNeverPull',
    wins: [
      waitingPod({ reason: 'ErrImageNeverPull', container: { imagePullPolicy: 'Never' } }),
      warning('ErrImageNeverPull', `Container image "${image}" is not present with pull policy of Never`),
    ],
    near: 'ImageTagNotFound',
    misses: [waitingPod({ reason: 'ImagePullBackOff', container: { imagePullPolicy: 'Always' } }), failed('manifest unknown')],
  },
  {
    cause: 'PullSecretNotFound',
    wins: [waitingPod({ reason: 'ImagePullBackOff', spec }), failed('unauthorized: authentication required'), noSecret],
    near: 'RegistryDnsFailure',
    misses: [
      waitingPod({ reason: 'ImagePullBackOff', spec }),
      failed('dial tcp: lookup registry.example.com: no such host'),
      noSecret,
    ],
  },
]

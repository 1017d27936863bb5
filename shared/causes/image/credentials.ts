import { anyOf } from '../any-of.ts'
import type { Case, Cause } from '../cause.ts'
import { changed, inNamespace, pods, within, workloadOf } from '../wording.ts'
import { byRegistry, hasPullSecrets, imageOf, pullClues, registryOf, repositoryOf } from './pull-clues.ts'

/** The registry wants to know who asks. */
const unauthorized = anyOf(
  [
    /no basic auth credentials|unauthorized|authentication (?:is )?required|authorization failed|\b401\b/,
    /\b403\b|access (?:to the (?:requested )?resource )?(?:is )?(?:denied|forbidden|not authorized)/,
    /pull access denied|insufficient_scope|no credentials|not authorized|requires? authentication|denied:/,
    /permission .{0,200}denied|unauthenticated|forbidden|authentication failed|login required/,
    /anonymous (?:pull|access)/,
  ],
  'i',
)

/** Credentials did reach the registry. */
const rejected = anyOf(
  [
    /incorrect username or password/,
    /invalid (?:username|user name|password|credentials|token|authentication)|bad credentials/,
    /(?:authorization |access |auth )?token (?:has |is |was )?expired|expired token/,
    /credentials (?:are |is |have |has )?(?:expired|invalid|wrong|incorrect)|fetch oauth token/,
    /not authorized to perform|is not authorized to|HTTP Basic: Access denied|wrong (?:username|password)/,
    /unable to retrieve auth token|password (?:is |was )?(?:incorrect|wrong|expired)/,
    /authentication failure|Permission "[^"]*" denied|does not have .{0,80}(?:permission|access)|logged in/,
    /account (?:is )?(?:disabled|locked|suspended)|AADSTS|invalid_grant|insufficient scopes/,
    /User cannot be authenticated|failed to authorize: .{0,200}401/,
  ],
  'i',
)

const invalidSecret = anyOf(
  [
    /illegal base64|unexpected end of JSON input|invalid character .{0,60}looking for|cannot unmarshal/,
    /failed to (?:parse|decode|unmarshal) .{0,80}(?:secret|auth|docker ?config)/,
    /unable to parse (?:auth|docker)|no (?:dockercfg|dockerconfigjson)/,
    /invalid (?:docker ?config|auth configuration)/,
    /secret .{0,80}(?:is )?(?:malformed|wrong type|invalid type|not of type)/,
    /because there are no credentials on this request|invalid header field value/,
  ],
  'i',
)

const isThrottled = /toomanyrequests|\b429\b|rate limit/i
const isTls = /x509|certificate/i

const secretsOf = (given: Case): string => (given.spec?.imagePullSecrets ?? []).join(', ')
const serverOf = (given: Case): string => (registryOf(given) === 'docker.io' ? 'https://index.docker.io/v1/' : registryOf(given))
const accountOf = (given: Case): string => given.spec?.serviceAccount ?? 'default'

const createSecret = (given: Case, name: string): string =>
  `kubectl create secret docker-registry ${name} --docker-server=${serverOf(given)} --docker-username=USER --docker-password=PASSWORD${inNamespace(given)}`

/** Written anew, over what is there. */
const replaceSecret = (given: Case, name: string): string =>
  `${createSecret(given, name)} --dry-run=client -o yaml | kubectl apply -f -`

const tryAgain = (given: Case) => ({
  text: 'The kubelet tries again by itself within five minutes; to have it at once, replace the pod.',
  command: `kubectl delete pod ${given.observation.subject.name}${inNamespace(given)}`,
})

const cloudAdvice = (given: Case): { text: string; command?: string }[] => {
  const registry = registryOf(given)
  const region = /\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws/.exec(registry)?.[1]
  if (region !== undefined) {
    return [
      {
        text: "On ECR the node's role does the login: it needs AmazonEC2ContainerRegistryReadOnly, and the repository's policy must allow another account.",
        command: `aws ecr get-repository-policy --repository-name ${repositoryOf(given)} --region ${region}`,
      },
    ]
  }
  if (/(?:^|\.)gcr\.io$|\.pkg\.dev$/.test(registry)) {
    return [
      { text: "On Google Cloud the node's service account pulls: it needs roles/artifactregistry.reader on the repository." },
    ]
  }
  if (registry.endsWith('.azurecr.io')) {
    return [
      {
        text: "On AKS the kubelet's identity pulls, once the registry is attached to the cluster.",
        command: `az aks check-acr --name CLUSTER --resource-group GROUP --acr ${registry}`,
      },
    ]
  }
  return []
}

/** Who may pull. */
export const credentials: readonly Cause[] = [
  {
    code: 'RegistryCredentialsMissing',
    family: 'image',
    title: 'The registry asks for credentials and the pod has none',
    severity: 'critical',
    meaning: 'The registry asks for credentials, and the pod names no pull secret.',
    knownBy: ['The registry answers 401, 403 or "no basic auth credentials", and the pod has no imagePullSecrets.'],
    clues: [
      ...pullClues({
        text: /no basic auth credentials|unauthenticated request|anonymous|authentication (?:is )?required|no credentials/i,
        unless: /fetch anonymous token.{0,300}403|429|toomanyrequests|rate limit/i,
        confidence: 'likely',
        weight: 57,
        when: (all, text) => !hasPullSecrets(all) && !rejected.test(text),
      }),
      ...pullClues({
        text: unauthorized,
        unless: /toomanyrequests|\b429\b|rate limit|x509|certificate/i,
        confidence: 'likely',
        weight: 55,
        when: (all) => !hasPullSecrets(all),
      }),
    ],
    explain: (given) =>
      `${registryOf(given)} wants to know who pulls ${repositoryOf(given)}, and ${within(given)} presents nothing: the pod names no pull secret, nor does its service account ${accountOf(given)}. A secret of that kind in the namespace does not help until the pod or the account names it.${changed(given, /image$|imagePullSecrets|serviceAccountName/)}${pods(given)}`,
    remedies: (given) => [
      {
        text: 'Create a pull secret in the namespace of the pod (secrets are not shared between namespaces).',
        command: createSecret(given, 'regcred'),
      },
      {
        text: 'Name it at the service account of the pod, then replace the pod.',
        command: `kubectl patch serviceaccount ${accountOf(given)}${inNamespace(given)} -p '{"imagePullSecrets":[{"name":"regcred"}]}' && kubectl delete pod ${given.observation.subject.name}${inNamespace(given)}`,
      },
      ...cloudAdvice(given),
      {
        text: 'See that the image exists at all: some registries answer the same for what is not there.',
        command: `docker login ${registryOf(given)} && docker manifest inspect ${imageOf(given)}`,
      },
    ],
    factor: byRegistry,
  },
  {
    code: 'RegistryCredentialsRejected',
    family: 'image',
    title: "The registry refuses the pod's credentials",
    severity: 'critical',
    meaning: 'Credentials were presented, and are wrong, expired, for another registry address, or lack permission.',
    knownBy: [
      'The registry answers 401 or 403 although the pod names a pull secret that was found.',
      'It says that user, password or token are wrong or expired, or that a permission is missing.',
    ],
    clues: [
      ...pullClues({
        text: anyOf(
          [
            /incorrect username or password|invalid (?:username|password)|bad credentials/,
            /token (?:has |is )?expired|wrong (?:username|password)|HTTP Basic: Access denied/,
          ],
          'i',
        ),
        confidence: 'certain',
        weight: 69,
      }),
      ...pullClues({
        text: rejected,
        unless: /toomanyrequests|\b429\b|rate limit|anonymous token/i,
        confidence: 'likely',
        weight: 66,
        when: (_, text) => !isTls.test(text),
      }),
      ...pullClues({
        text: unauthorized,
        unless: /toomanyrequests|\b429\b|rate limit|x509|certificate/i,
        confidence: 'likely',
        weight: 56,
        when: hasPullSecrets,
      }),
    ],
    explain: (given) => {
      const secrets = secretsOf(given)
      const what =
        secrets === ''
          ? "The credentials came from the node (a credential helper or the runtime's configuration)."
          : `The pod names the pull secret ${secrets}, and nothing says that it is missing: its login is wrong or expired, is for another registry address than ${registryOf(given)}, or may not read this repository. (A secret of the wrong type is ignored, and reads the same.)`
      return `${registryOf(given)} refused the credentials with which ${repositoryOf(given)} was to be pulled. ${what}${changed(given, /image$|imagePullSecrets|serviceAccountName/)}${pods(given)}`
    },
    remedies: (given) => {
      const [name = 'regcred'] = given.spec?.imagePullSecrets ?? []
      return [
        {
          text: `See its type, which must be kubernetes.io/dockerconfigjson, and its registry address, which must be ${serverOf(given)}. This prints no passwords.`,
          command: `kubectl get secret ${name}${inNamespace(given)} -o json | jq '{type, registries: (.data[".dockerconfigjson"] // "e30=" | @base64d | fromjson | .auths // {} | map_values(.username))}'`,
        },
        { text: 'Try the credentials by hand.', command: `docker login ${registryOf(given)} && docker pull ${imageOf(given)}` },
        { text: 'Write the secret anew with a valid token that may read the repository.', command: replaceSecret(given, name) },
        ...cloudAdvice(given),
        tryAgain(given),
      ]
    },
    factor: byRegistry,
  },
  {
    code: 'PullSecretNotFound',
    family: 'image',
    title: 'The pull secret does not exist',
    severity: 'critical',
    meaning: 'imagePullSecrets names a secret that does not exist in the namespace of the pod.',
    knownBy: ['The kubelet says FailedToRetrieveImagePullSecret, and the pull fails for want of credentials.'],
    clues: [
      {
        source: 'event',
        reason: ['FailedToRetrieveImagePullSecret'],
        text: /secrets? \((?<secret>[^)]{1,300})\)/,
        confidence: 'certain',
        weight: 68,
        when: (_, { evidence }) => evidence.some((e) => (e.source === 'event' || e.source === 'status') && isRefusal(e.quote)),
      },
      {
        source: 'event',
        reason: ['FailedToRetrieveImagePullSecret'],
        text: /secrets? \((?<secret>[^)]{1,300})\)/,
        confidence: 'likely',
        weight: 62,
      },
      { source: 'event', reason: ['FailedToRetrieveImagePullSecret'], confidence: 'likely', weight: 61 },
      ...pullClues({
        text: /(?:unable|failed) to (?:retrieve|get|find) (?:some )?(?:image )?pull secrets?|couldn't find .{0,40}pull secret/i,
        confidence: 'likely',
        weight: 67,
      }),
    ],
    explain: (given) => {
      const secret = given.facts['secret'] ?? secretsOf(given)
      return `The pod is to pull ${imageOf(given)} with the secret ${secret}, and no secret of that name is in namespace ${given.observation.subject.namespace ?? 'default'}. The kubelet then asks ${registryOf(given)} without credentials, and the pull fails. Secrets are not shared between namespaces: one in another namespace does not count.${changed(given, /imagePullSecrets|serviceAccountName/)}${pods(given)}`
    },
    remedies: (given) => {
      const secret = (given.facts['secret'] ?? secretsOf(given)).split(',')[0]?.trim() || 'regcred'
      return [
        {
          text: 'See which pull secrets the namespace has; the name may be misspelt.',
          command: `kubectl get secrets --field-selector type=kubernetes.io/dockerconfigjson${inNamespace(given)}`,
        },
        { text: 'Create it.', command: createSecret(given, secret) },
        {
          text: 'Or name the right one: in the pod template, or at the service account where the name came from.',
          command: `kubectl get ${workloadOf(given)}${inNamespace(given)} -o yaml | grep -A2 imagePullSecrets; kubectl get serviceaccount ${accountOf(given)}${inNamespace(given)} -o yaml | grep -A2 imagePullSecrets`,
        },
        tryAgain(given),
      ]
    },
    factor: (given) => given.facts['secret'] ?? given.spec?.imagePullSecrets[0],
  },
  {
    code: 'PullSecretInvalid',
    family: 'image',
    title: 'The pull secret cannot be used',
    severity: 'critical',
    meaning: 'The pull secret exists, but is of the wrong type or malformed.',
    knownBy: [
      'The kubelet cannot decode the secret (illegal base64, broken JSON).',
      'The pull was anonymous although the pod names a secret that exists: the kubelet found no registry credentials in it.',
    ],
    clues: [
      ...pullClues({
        text: invalidSecret,
        confidence: 'certain',
        weight: 83,
        when: (all, text) => hasPullSecrets(all) || !/because there are no/.test(text),
      }),
      {
        source: 'event',
        reason: ['FailedToRetrieveImagePullSecret'],
        text: /invalid|malformed|base64|unmarshal|type|json/i,
        unless: /may not succeed/i,
        confidence: 'likely',
        weight: 82,
      },
      ...pullClues({
        text: /fetch anonymous token|no basic auth credentials|anonymous|no credentials/i,
        unless: isThrottled,
        confidence: 'likely',
        weight: 65,
        when: (all) =>
          hasPullSecrets(all) &&
          !all.evidence.some((e) => e.source === 'event' && e.reason === 'FailedToRetrieveImagePullSecret'),
      }),
    ],
    explain: (given) =>
      `The pod names the pull secret ${secretsOf(given) || '(none of its own)'}, which exists, but the kubelet cannot take credentials for ${registryOf(given)} from it. It must be of type kubernetes.io/dockerconfigjson and hold, under the key .dockerconfigjson, a JSON with "auths", whose "auth" is the base64 of user:password. Opaque secrets with a user and a password are not read at all.${pods(given)}`,
    remedies: (given) => {
      const [name = 'regcred'] = given.spec?.imagePullSecrets ?? []
      return [
        {
          text: 'See its type and keys.',
          command: `kubectl get secret ${name}${inNamespace(given)} -o json | jq '{type, keys: (.data | keys)}'`,
        },
        {
          text: 'Delete it and create it anew (the type of a secret cannot be changed).',
          command: `kubectl delete secret ${name}${inNamespace(given)} && ${createSecret(given, name)}`,
        },
        tryAgain(given),
      ]
    },
    factor: (given) => given.spec?.imagePullSecrets[0],
  },
]

const isRefusal = (quote: string): boolean => unauthorized.test(quote) && !isThrottled.test(quote) && !isTls.test(quote)

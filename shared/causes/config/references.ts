import { anyOf } from '../any-of.ts'
import type { Case, Cause } from '../cause.ts'
import { creationClues } from '../creation-clues.ts'
import { changed, editWorkload, inNamespace, pods, undo, watchRollout, who, workloadOf } from '../wording.ts'

const configMapMissing = anyOf(
  [
    /configmaps? "(?<name>[^"]+)" (?:is )?(?:not found|does not exist)/,
    /references non-existent configmaps?:? ?"?(?<named>[^"\s]*)/,
    /couldn't (?:get|find) configMap (?<found>[^\s,:;]+)|configmap (?<plain>[\w./-]+) not found/,
    /unable to (?:find|get) configmap "?(?<unable>[\w./-]+)|missing configmap/,
  ],
  'i',
)

const secretMissing = anyOf(
  [
    /secrets? "(?<name>[^"]+)" (?:is )?(?:not found|does not exist)/,
    /references non-existent secrets?:? ?(?!key)"?(?<named>[^"\s]*)/,
    /couldn't (?:get|find) secret (?<found>[^\s,:;]+)|\bsecret (?<plain>[\w./-]+) not found/,
    /unable to (?:find|get) secret "?(?<unable>[\w./-]+)|missing secret/,
  ],
  'i',
)

const keyMissing = anyOf(
  [
    /couldn't find key (?<key>\S+) in (?<kind>ConfigMap|Secret) (?<object>[^\s,:;]+)/,
    /(?<sort>configmap|secret)s? references non-existent (?:config|secret) key:? ?(?<path>\S*)/,
    /references non-existent (?:config|secret) key:? ?(?<bare>[^\s.,]*)/,
    /(?:non-existent|missing|no such) (?:config|secret)? ?key:? "?(?<missing>[^"\s]*)/,
    /key "?(?<named>[^"\s]+)"? (?:does not exist|not found|is missing|was not found) in (?<holder>configmap|secret)/,
  ],
  'i',
)

/** The ConfigMap, Secret or key of a case, wherever its text named it. */
const nameOf = ({ facts }: Case): string =>
  (facts['name'] ?? facts['named'] ?? facts['found'] ?? facts['plain'] ?? facts['unable'] ?? '').split('/').at(-1) || 'it'

/** Where the manifest refers to an object: `env DATABASE_URL`, `volume tls`. */
function usesOf({ spec }: Case, kind: 'ConfigMap' | 'Secret', name: string): string {
  if (spec === undefined) return ''
  const uses = [
    ...spec.env.filter(({ from }) => from?.startsWith(`${kind}/${name} `)).map((variable) => `the variable ${variable.name}`),
    ...(spec.envFrom.includes(`${kind}/${name}`) ? ['envFrom'] : []),
    ...Object.entries(spec.facts)
      .filter(([fact, value]) => fact.startsWith('volume:') && value === `${kind}/${name}`)
      .map(([fact]) => `the volume ${fact.slice('volume:'.length)}`),
  ]
  return uses.length === 0 ? '' : ` (for ${uses.slice(0, 3).join(', ')})`
}

/** References of a pod to ConfigMaps and Secrets that lead nowhere. */
export const references: readonly Cause[] = [
  {
    code: 'ConfigMapNotFound',
    family: 'config',
    title: 'A ConfigMap does not exist',
    severity: 'critical',
    meaning: 'A referenced ConfigMap does not exist (env, envFrom or volume).',
    knownBy: ['The kubelet says `configmap "..." not found`, at the container or at the mount of a volume.'],
    clues: creationClues({ text: configMapMissing, unless: keyMissing, confidence: 'certain', weight: 84 }),
    explain: (given) => {
      const name = nameOf(given)
      return `${who(given)} refers to the ConfigMap ${name}${usesOf(given, 'ConfigMap', name)}, and namespace ${given.observation.subject.namespace ?? 'default'} has none of that name. The kubelet waits for it and starts the container as soon as it exists; a ConfigMap of another namespace does not count.${changed(given, /configMap/)}${pods(given)}`
    },
    remedies: (given) => [
      {
        text: 'See which ConfigMaps there are; the name may be misspelt, or the namespace the wrong one.',
        command: `kubectl get configmaps${inNamespace(given)}; kubectl get configmaps -A --field-selector metadata.name=${nameOf(given)}`,
      },
      {
        text: 'Create it with the keys that the program wants.',
        command: `kubectl create configmap ${nameOf(given)} --from-literal=KEY=VALUE${inNamespace(given)}`,
      },
      editWorkload(given, 'Or correct the reference in the manifest.'),
      ...undo(given),
      watchRollout(given),
    ],
    factor: (given) => `ConfigMap/${nameOf(given)}`,
  },
  {
    code: 'SecretNotFound',
    family: 'config',
    title: 'A Secret does not exist',
    severity: 'critical',
    meaning: 'A referenced Secret does not exist (env, envFrom or volume).',
    knownBy: ['The kubelet says `secret "..." not found`, at the container or at the mount of a volume.'],
    clues: creationClues({
      text: secretMissing,
      unless: /non-existent (?:config|secret) key|FailedToRetrieve|secretproviderclass/i,
      confidence: 'certain',
      weight: 84,
    }),
    explain: (given) => {
      const name = nameOf(given)
      return `${who(given)} refers to the Secret ${name}${usesOf(given, 'Secret', name)}, and namespace ${given.observation.subject.namespace ?? 'default'} has none of that name. The kubelet waits for it and starts the container as soon as it exists; a Secret of another namespace does not count.${changed(given, /secret/i)}${pods(given)}`
    },
    remedies: (given) => [
      {
        text: 'See which Secrets there are; the name may be misspelt, or the namespace the wrong one.',
        command: `kubectl get secrets${inNamespace(given)}; kubectl get secrets -A --field-selector metadata.name=${nameOf(given)}`,
      },
      {
        text: 'Where an operator is to make it (cert-manager, external-secrets, sealed-secrets), see why it has not.',
        command: `kubectl get certificates,externalsecrets,sealedsecrets${inNamespace(given)} 2>/dev/null; kubectl get events${inNamespace(given)} | grep ${nameOf(given)}`,
      },
      {
        text: 'Create it with the keys that the program wants.',
        command: `kubectl create secret generic ${nameOf(given)} --from-literal=KEY=VALUE${inNamespace(given)}`,
      },
      ...undo(given),
      watchRollout(given),
    ],
    factor: (given) => `Secret/${nameOf(given)}`,
  },
  {
    code: 'ConfigKeyNotFound',
    family: 'config',
    title: 'A ConfigMap or Secret lacks a key',
    severity: 'critical',
    meaning: 'The ConfigMap or Secret exists, but lacks the key.',
    knownBy: ['The kubelet says "couldn\'t find key ... in Secret", or that a volume references a non-existent key.'],
    clues: creationClues({ text: keyMissing, confidence: 'certain', weight: 86 }),
    explain: (given) => {
      const { object, holder } = keyOf(given)
      const { key } = keyOf(given)
      return `${who(given)} asks for ${key === undefined ? 'a key' : `the key ${key}`} of ${object === undefined ? `a ${holder}` : `the ${holder} ${object}`}. The object exists, and has no such key: it is called otherwise there (case matters), or was never put in. The container is not started until it is there.${changed(given, /configMap|secret/i)}${pods(given)}`
    },
    remedies: (given) => {
      const { object = 'NAME', holder, key = 'KEY' } = keyOf(given)
      const kind = holder.toLowerCase()
      return [
        {
          text: 'See which keys it has (no values are printed).',
          command: `kubectl get ${kind} ${object}${inNamespace(given)} -o json | jq '.data | keys'`,
        },
        {
          text: 'Add the key, or name the right one in the manifest.',
          command: `kubectl patch ${kind} ${object}${inNamespace(given)} -p '{"${kind === 'secret' ? 'stringData' : 'data'}":{"${key}":"VALUE"}}'   # or: kubectl edit ${workloadOf(given)}${inNamespace(given)}`,
        },
        { text: 'If the program can do without, mark the reference `optional: true`.' },
        ...undo(given),
        watchRollout(given),
      ]
    },
    factor: (given) => {
      const { holder, object } = keyOf(given)
      return object === undefined ? undefined : `${holder}/${object}`
    },
  },
]

interface MissingKey {
  readonly key: string | undefined
  readonly object: string | undefined
  readonly holder: string
}

function keyOf({ facts, quote, spec }: Case): MissingKey {
  const key = facts['key'] ?? (facts['path'] || facts['bare'] || facts['missing'] || facts['named'] || undefined)
  const volume = /volume "([^"]+)"/.exec(quote)?.[1]?.replace(/^kubernetes\.io\/\w+\/[0-9a-f-]{36}-/, '')
  const held = volume === undefined ? undefined : spec?.facts[`volume:${volume}`]
  const kind = (
    facts['kind'] ??
    facts['holder'] ??
    facts['sort'] ??
    held?.split('/')[0] ??
    (/secret/i.test(quote) ? 'Secret' : 'ConfigMap')
  ).toLowerCase()
  return {
    key,
    object: facts['object']?.split('/').at(-1) ?? held?.split('/')[1],
    holder: kind === 'secret' ? 'Secret' : 'ConfigMap',
  }
}

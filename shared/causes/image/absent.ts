import { anyOf } from '../any-of.ts'
import type { Observation } from '../../observation.ts'
import type { Case, Cause, Facts } from '../cause.ts'
import { changed, inNamespace, pods, specFacts, specOf, undo, watchRollout, within } from '../wording.ts'
import {
  byImage,
  byRegistry,
  hasPullSecrets,
  imageOf,
  pullClues,
  registryOf,
  repositoryOf,
  setImage,
  versionOf,
} from './pull-clues.ts'

const notFound = anyOf(
  [
    /manifest unknown|MANIFEST_UNKNOWN|manifest for \S+ not found|no such manifest|[":\]] not found\b/,
    /\bTag \S+ (?:was )?not found|could not find (?:the )?(?:image|tag|manifest)|404 \(?Not Found/,
    /status(?: code)?:? 404|unknown: OCI artifact/,
    /(?:image|tag|manifest) (?:\S+ )?(?:was )?(?:not found|does not exist)/,
    /Failed to fetch "[^"]*" from request|unexpected status (?:code )?\S*:? ?404|unknown manifest/,
    /manifest tagged by "[^"]*" is not found|Requested image not found|artifact \S+ not found/,
    /image not found/,
  ],
  'i',
)

const unknownRepository = anyOf(
  [
    /name unknown|NAME_UNKNOWN|repository (?:with )?(?:name )?\S* ?(?:is )?(?:not found|does not exist in)/,
    /repository name not known|project \S* ?(?:was |is )?not (?:found|exist)|project does not exist/,
    /(?:The )?repository with name '[^']*' does not exist|Repository \S+ not found/,
    /repo(?:sitory)? not found|repository does not exist(?! or may)/,
    /namespace \S* ?(?:not found|does not exist)/,
  ],
  'i',
)

const denied = anyOf(
  [
    /pull access denied|insufficient_scope|requested access to the resource is denied/,
    /repository does not exist or may require|fetch anonymous token.{0,300}403/,
    /denied: (?:denied|access forbidden)|may not exist/,
  ],
  'i',
)

const isNotPull = anyOf(
  [
    /requires login|\bsecrets? "[^"]*" not found|configmaps? "[^"]*" not found|no such host/,
    /SchedulerPredicates|command not found|: executable file not found/,
  ],
  'i',
)

const facts = (all: Observation): Facts => specOf(all)?.facts ?? {}
const isHubLibrary = (all: Observation): boolean => {
  const { registry, repository = '' } = facts(all)
  return registry === 'docker.io' && repository.startsWith('library/')
}

/** What is not in the registry, as far as it says. */
export const absent: readonly Cause[] = [
  {
    code: 'ImageTagNotFound',
    family: 'image',
    title: 'The tag does not exist',
    severity: 'critical',
    meaning: 'The registry answered, and does not have this tag or digest in the repository.',
    knownBy: [
      'The registry answers "manifest unknown" or "not found" for the tag.',
      'Another tag of the same repository was pulled makes it certain.',
    ],
    clues: [
      ...pullClues({
        text: notFound,
        unless: isNotPull,
        confidence: 'certain',
        weight: 71,
        when: (all, text) =>
          facts(all)['otherTag'] !== undefined || /manifest unknown|manifest for|no such manifest|tagged by|\bTag\b/i.test(text),
      }),
      ...pullClues({ text: notFound, unless: isNotPull, confidence: 'likely', weight: 70 }),
    ],
    explain: (given) => {
      const { otherTag } = specFacts(given)
      const seen =
        otherTag === undefined
          ? 'Either the tag is misspelt, or it was never pushed (a build that failed or is not done), or the repository is another one.'
          : `The repository itself is right: ${otherTag} was pulled from it. So the tag is misspelt or was never pushed.`
      return `${registryOf(given)} answered, and has no ${versionOf(given)} in ${repositoryOf(given)}. ${seen}${changed(given, /image$/)}${pods(given)}`
    },
    remedies: (given) => [
      { text: 'See which tags there are.', command: `skopeo list-tags docker://${registryOf(given)}/${repositoryOf(given)}` },
      {
        text: 'Put a tag that exists into the manifest.',
        ...setImage(given, specFacts(given)['otherTag'] ?? before(given) ?? `${registryOf(given)}/${repositoryOf(given)}:TAG`),
      },
      { text: 'Or push the missing one; see first whether its build has ended.', command: `docker push ${imageOf(given)}` },
      ...undo(given),
      watchRollout(given),
    ],
    factor: byImage,
  },
  {
    code: 'ImageRepositoryNotFound',
    family: 'image',
    title: 'The repository does not exist',
    severity: 'critical',
    meaning: 'The registry says that the repository itself does not exist.',
    knownBy: [
      'The registry answers "name unknown" or that the project or repository does not exist.',
      'Docker Hub denies a library/ image: those are never private.',
      'A repository of nearly the same name was pulled with the same tag.',
    ],
    clues: [
      ...pullClues({ text: unknownRepository, unless: isNotPull, confidence: 'certain', weight: 76 }),
      ...pullClues({ text: denied, confidence: 'certain', weight: 77, when: isHubLibrary }),
      // Docker before 1.10 says this of a repository; of a tag it says "Tag ... not found in repository".
      ...pullClues({ text: /Error: image \S+ not found/, unless: isNotPull, confidence: 'likely', weight: 74 }),
      ...pullClues({
        text: notFound,
        unless: isNotPull,
        confidence: 'likely',
        weight: 73,
        when: (all) => {
          const { nearRepository, otherTag } = facts(all)
          return nearRepository !== undefined && otherTag === undefined
        },
      }),
      ...pullClues({
        text: denied,
        confidence: 'likely',
        weight: 59,
        when: (all) =>
          facts(all)['registry'] === 'docker.io' &&
          /^(?:local|localhost|dev|test|example|myapp|my)\//.test(facts(all)['repository'] ?? ''),
      }),
    ],
    explain: (given) => {
      const { nearRepository, unqualified } = specFacts(given)
      const library = repositoryOf(given).startsWith('library/') && registryOf(given) === 'docker.io'
      const why =
        nearRepository !== undefined
          ? `${nearRepository} was pulled in this cluster with the same tag: the name is probably misspelt.`
          : library
            ? `A name without a registry and an owner is looked up among Docker Hub's official images, which are never private: this one does not exist.`
            : unqualified === undefined
              ? 'The path is misspelt, or the project was deleted, renamed or never created there.'
              : 'A name without a registry is looked up at Docker Hub: where the image lives elsewhere, or on a laptop only, it is not found.'
      return `${registryOf(given)} has no repository ${repositoryOf(given)}, which ${within(given)} asks for. ${why}${changed(given, /image$/)}${pods(given)}`
    },
    remedies: (given) => [
      {
        text: 'Correct the name, with its registry.',
        ...setImage(given, specFacts(given)['nearRepository'] ?? before(given) ?? 'REGISTRY/REPOSITORY:TAG'),
      },
      {
        text: 'See whether the repository is there, from a machine that is logged in.',
        command: `skopeo list-tags docker://${registryOf(given)}/${repositoryOf(given)}`,
      },
      ...undo(given),
      watchRollout(given),
    ],
    factor: byImage,
  },
  {
    code: 'ImageRemoved',
    family: 'image',
    title: 'The image was there and is gone',
    severity: 'critical',
    meaning: 'The reference existed and is gone now.',
    knownBy: [
      'The registry says that it was deleted or has expired.',
      'The same reference was pulled before in this cluster, and the registry does not find it any more.',
    ],
    clues: [
      ...pullClues({
        text: anyOf(
          [
            /(?:was|were|been|is) (?:deleted|removed|expired|purged|taken down)|deleted or has expired/,
            /has expired\. To pull|Project .{0,120}deleted|manifest (?:was )?deleted|gone: |410 Gone/,
            /is no longer available|has been (?:retired|discontinued|blocked|disabled)/,
          ],
          'i',
        ),
        unless: /certificate|x509|token (?:was|has|is)|credential/i,
        confidence: 'certain',
        weight: 79,
      }),
      ...pullClues({
        text: notFound,
        unless: isNotPull,
        confidence: 'likely',
        weight: 78,
        when: (all) => facts(all)['pulledBefore'] !== undefined,
      }),
    ],
    explain: (given) => {
      const { pulledBefore } = specFacts(given)
      const history = pulledBefore === undefined ? '' : ` ${pulledBefore} pulled the very same reference before, so it did exist.`
      return `${registryOf(given)} no longer has ${imageOf(given)}.${history} A clean-up or retention rule, or somebody, has deleted it; pods on nodes that still hold the image go on running, every new one fails.${pods(given)}`
    },
    remedies: (given) => [
      {
        text: 'Push the image again, from the build or from a node that still holds it.',
        command: `docker push ${imageOf(given)}   # on such a node: ctr -n k8s.io images push ${imageOf(given)}`,
      },
      {
        text: 'Or move to a version that is still there.',
        command: `skopeo list-tags docker://${registryOf(given)}/${repositoryOf(given)}`,
      },
      {
        text: 'Take images that are in use out of the retention rule of the registry, and do not drain the nodes that hold it until it is back.',
      },
    ],
    factor: byImage,
  },
  {
    code: 'ImageMissingOrPrivate',
    family: 'image',
    title: 'The image does not exist, or it is private',
    severity: 'critical',
    meaning: 'The registry does not say which: the repository does not exist, or it is private and the pull was anonymous.',
    knownBy: [
      'The registry answers "pull access denied", "insufficient_scope" or refuses an anonymous token, and the pod names no pull secret.',
    ],
    clues: [
      ...pullClues({
        text: /repository does not exist or may require|insufficient_scope|may not exist/i,
        unless: /unauthenticated request/i,
        confidence: 'certain',
        weight: 58,
        when: (all) => !hasPullSecrets(all),
      }),
      ...pullClues({
        text: denied,
        unless: /unauthenticated request/i,
        confidence: 'likely',
        weight: 58,
        when: (all) => !hasPullSecrets(all),
      }),
    ],
    explain: (given) =>
      `${registryOf(given)} denied an anonymous pull of ${repositoryOf(given)}, and gives that answer both for a repository that does not exist and for one that is private. The pod names no pull secret, so it is either a wrong name or missing credentials; the evidence does not decide which.${changed(given, /image$|imagePullSecrets/)}${pods(given)}`,
    remedies: (given) => [
      {
        text: 'See with a login of yours whether the image exists: if it does, it is private.',
        command: `docker login ${registryOf(given)} && docker manifest inspect ${imageOf(given)}`,
      },
      {
        text: 'If it is private, give the pod credentials.',
        command: `kubectl create secret docker-registry regcred --docker-server=${registryOf(given) === 'docker.io' ? 'https://index.docker.io/v1/' : registryOf(given)} --docker-username=USER --docker-password=PASSWORD${inNamespace(given)} && kubectl patch serviceaccount ${given.spec?.serviceAccount ?? 'default'}${inNamespace(given)} -p '{"imagePullSecrets":[{"name":"regcred"}]}'`,
      },
      { text: 'If it does not exist, correct the name.', ...setImage(given, before(given) ?? 'REGISTRY/REPOSITORY:TAG') },
      ...undo(given),
    ],
    factor: byRegistry,
  },
]

/** The image of the revision before. */
const before = ({ observation: { changes } }: Case): string | undefined =>
  changes.find(({ path }) => path.endsWith('image'))?.before ?? undefined

import { anyOf } from '../any-of.ts'
import type { Cause } from '../cause.ts'
import { creationClues } from '../creation-clues.ts'
import { changed, inNamespace, nodeOf, undo, who, workloadOf } from '../wording.ts'
import { byImage, imageOf, pullClues, setImage } from './pull-clues.ts'

/** What the image is called, and what it was built for. */
export const reference: readonly Cause[] = [
  {
    code: 'InvalidImageReference',
    family: 'image',
    title: 'The image reference is not valid',
    severity: 'critical',
    meaning: 'The image string is not a valid reference, so that nothing can be pulled.',
    knownBy: [
      'The container waits with InvalidImageName.',
      'The runtime says "invalid reference format" or that it cannot parse the reference.',
    ],
    clues: [
      { source: 'status', reason: ['InvalidImageName'], confidence: 'certain', weight: 92 },
      ...pullClues({
        text: anyOf(
          [
            /invalid reference format/,
            /(?:couldn't|could not|failed to|unable to) parse (?:image )?(?:reference|name)/,
            /repository name must be lowercase/,
            /invalid (?:checksum digest|repository name|tag format|image reference)|InvalidImageName/,
            /invalid character .{0,40} in (?:image|reference)/,
          ],
          'i',
        ),
        confidence: 'certain',
        weight: 93,
      }),
    ],
    explain: (given) =>
      `${who(given)} names the image "${imageOf(given)}", which is not a valid reference: ${whatIsWrong(imageOf(given))}. The kubelet does not even ask a registry, and trying again changes nothing.${changed(given, /image$/)}`,
    remedies: (given) => [
      {
        text: 'Put a valid reference there: [REGISTRY[:PORT]/]repository[:tag][@digest], the repository in lower case, no scheme, no spaces.',
        ...setImage(given, suggestion(imageOf(given))),
      },
      {
        text: 'Where a template or a pipeline wrote the reference, see what it was given: an empty variable leaves such a string.',
        command: `kubectl get ${workloadOf(given)}${inNamespace(given)} -o yaml | grep image:`,
      },
      ...undo(given),
    ],
    factor: byImage,
  },
  {
    code: 'ImageShortNameUnresolved',
    family: 'image',
    title: 'The image name lacks its registry',
    severity: 'critical',
    meaning: 'The runtime does not resolve an image name without a registry.',
    knownBy: ['CRI-O says that short-name mode is enforcing, or that no unqualified-search registries are defined.'],
    clues: [
      ...pullClues({
        text: anyOf(
          [
            /short[- ]name (?:mode|resolution)|short-name .{0,200}did not resolve|did not resolve to an alias/,
            /no unqualified-search registries|unqualified-search|returns ambiguous list/,
            /registry \(or domain\) is required|cannot specify .{0,40}short name/,
          ],
          'i',
        ),
        confidence: 'certain',
        weight: 91,
      }),
    ],
    explain: (given) =>
      `${who(given)} names the image "${imageOf(given)}" without a registry, and the runtime of the node refuses to guess one. Docker and containerd would have taken Docker Hub; CRI-O and Podman only search the registries that their configuration lists.`,
    remedies: (given) => [
      { text: 'Write the full reference into the manifest.', ...setImage(given, qualified(given.spec?.image ?? imageOf(given))) },
      {
        text: 'Or allow short names on the nodes, in /etc/containers/registries.conf.',
        command: `grep -nE 'unqualified-search-registries|short-name-mode' /etc/containers/registries.conf   # on node ${nodeOf(given)}`,
      },
    ],
    factor: byImage,
  },
  {
    code: 'ImageNeverPull',
    family: 'image',
    title: 'The image is not on the node and may not be pulled',
    severity: 'critical',
    meaning: 'imagePullPolicy is Never, and the image is not on the node.',
    knownBy: ['The container waits with ErrImageNeverPull.', 'The kubelet says "is not present with pull policy of Never".'],
    clues: [
      { source: 'status', reason: ['ErrImageNeverPull'], confidence: 'certain', weight: 95 },
      ...pullClues({ text: /not present with pull policy of Never|ErrImageNeverPull/i, confidence: 'certain', weight: 95 }),
    ],
    explain: (given) =>
      `${who(given)} has imagePullPolicy Never, so that the kubelet looks for ${imageOf(given)} on node ${given.spec?.node ?? 'the pod was given to'} only, and it is not there. An image that was built or loaded on another machine does not count.${changed(given, /image(?:PullPolicy)?$/)}`,
    remedies: (given) => [
      {
        text: 'Let the kubelet pull the image, where a registry has it.',
        command: `kubectl patch ${workloadOf(given)}${inNamespace(given)} --type=strategic -p '{"spec":{"template":{"spec":{"containers":[{"name":"${given.observation.subject.container ?? 'CONTAINER'}","imagePullPolicy":"IfNotPresent"}]}}}}'`,
      },
      {
        text: 'Or bring the image to every node that may run the pod.',
        command: `docker save ${imageOf(given)} | ssh ${nodeOf(given)} ctr -n k8s.io images import -   # kind: kind load docker-image, minikube: minikube image load`,
      },
    ],
    factor: byImage,
  },
  {
    code: 'ImagePlatformMismatch',
    family: 'image',
    title: "The image does not exist for this node's platform",
    severity: 'critical',
    meaning: 'The image has no manifest for the operating system or the CPU of the node.',
    knownBy: ['The runtime says "no match for platform in manifest" or "no matching manifest for linux/arm64".'],
    clues: [
      ...pullClues({
        text: anyOf(
          [
            /no match(?:ing manifest)? for (?:platform|(?<platform>(?:linux|windows)\/[\w/.]+))/,
            /no matching manifest for (?<wanted>[^\s,]+)/,
            /no image found in (?:manifest list|image index) for (?:architecture )?(?<architecture>[\w/"]+)/,
            /no child with platform (?<child>[\w/]+)|image operating system "?(?<os>\w+)"? cannot be used/,
            /does not match the (?:specified|host|detected host) (?:platform|operating system)/,
            /cannot be used on this platform|no manifest (?:found )?for (?:platform|architecture)/,
            /unsupported (?:platform|architecture|os)\b|choosing an? image from manifest list/,
            /image platform .{0,60} does not match|image is incompatible with a|Windows version \S+-based image/,
          ],
          'i',
        ),
        confidence: 'certain',
        weight: 87,
      }),
      ...creationClues({
        text: /container operating system does not match the host|image is incompatible with a|cannot be used on this platform|no match for platform/i,
        confidence: 'certain',
        weight: 87,
      }),
    ],
    explain: (given) => {
      const { platform, wanted, architecture, child } = given.facts
      const asked = (platform ?? wanted ?? architecture ?? child ?? nodePlatform(given))?.replace(/"/g, '')
      return `The registry has ${imageOf(given)}, but not for ${asked === undefined ? "the platform of this pod's node" : `${asked}, which is what the node${given.spec?.node === undefined ? '' : ` ${given.spec.node}`} runs`}. It was built for other platforms only.${changed(given, /image$|nodeSelector|affinity|tolerations/)}`
    },
    remedies: (given) => [
      { text: 'See which platforms the image has.', command: `docker manifest inspect ${imageOf(given)} | grep -A3 platform` },
      {
        text: 'Build and push it for all platforms of the cluster.',
        command: `docker buildx build --platform linux/amd64,linux/arm64 -t ${imageOf(given)} --push .`,
      },
      {
        text: 'Or keep the pod on nodes that the image was built for.',
        command: `kubectl patch ${workloadOf(given)}${inNamespace(given)} -p '{"spec":{"template":{"spec":{"nodeSelector":{"kubernetes.io/os":"linux","kubernetes.io/arch":"${nodePlatform(given)?.endsWith('amd64') === true && !/windows/i.test(given.quote) ? 'arm64' : 'amd64'}"}}}}}'`,
      },
      ...undo(given),
    ],
    factor: byImage,
  },
]

function nodePlatform({ observation }: Parameters<Cause['explain']>[0]): string | undefined {
  const node = observation.evidence.find((e) => e.source === 'node' && e.facts['architecture'] !== undefined)
  return node?.source === 'node' ? `${node.facts['system'] ?? 'linux'}/${node.facts['architecture']}` : undefined
}

function whatIsWrong(image: string): string {
  if (/^\w+:\/\//.test(image))
    return `it starts with a scheme (${image.slice(0, image.indexOf('//') + 2)}), and a reference has none`
  if (image.trim() === '') return 'it is empty'
  if (/\s/.test(image)) return 'it contains white space'
  if (/[{}$<>]/.test(image)) return 'a placeholder in it was not filled in'
  if (/[A-Z]/.test(image.replace(/(?::[^/]*)?(?:@.*)?$/, '').replace(/^[^/]*\.[^/]*\//, '')))
    return 'the name of a repository must be lower case'
  if (/:$|:@/.test(image)) return 'the tag after the colon is empty'
  if (/@(?!sha256:[0-9a-f]{64}$)/.test(image)) return 'its digest is not "sha256:" and 64 hexadecimal digits'
  if (/\/\/|^\/|\/$/.test(image)) return 'a part of the path between two slashes is empty'
  if (/:[^/]*:/.test(image)) return 'it has more than one tag'
  return 'it does not have the form [REGISTRY[:PORT]/]repository[:tag][@digest]'
}

const suggestion = (image: string): string => {
  const plain = image.replace(/^\w+:\/\//, '').trim()
  return /[\s{}$<>]|:$/.test(plain) || plain === '' ? 'REGISTRY/REPOSITORY:TAG' : lowerPath(plain)
}
const lowerPath = (image: string): string => {
  const [name = '', ...rest] = image.split(/(?=:[^/]*$|@)/)
  return name.toLowerCase() + rest.join('')
}

const qualified = (image: string): string => `docker.io/${image.includes('/') ? image : `library/${image}`}`

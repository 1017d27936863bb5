import { anyOf } from '../any-of.ts'
import type { Cause } from '../cause.ts'
import { creationClues } from '../creation-clues.ts'
import { capital, inNamespace, nodeOf, onNode, podOf, pods, workloadOf } from '../wording.ts'

const exhausted = anyOf(
  [
    /failed to assign an IP address to container/,
    /no (?:more )?(?:available |free )?(?:IP ?(?:v[46] )?|ip)?(?:addresses|address|IPs) (?:are )?(?:available|left|remain|in)/,
    /no available (?:IP|address|ipam|host)|no free (?:IP|address)/,
    /(?:ip|address|IPAM|subnet|CIDR) ?(?:pool|space|range|block)?s? .{0,60}(?:exhausted|is full|are full|depleted|used up)/,
    /range is full|exhausted .{0,40}(?:IP|address)/,
    /all (?:IPs|addresses|IP addresses) .{0,40}(?:allocated|in use|used)|Insufficient(?:Free|Cidr|CIDR|IP)/,
    /not enough (?:free )?(?:IP|address)|insufficient (?:IP|address)|out of (?:IP|address)/,
    /(?:IP|address)e?s? ?exhaust|no more (?:IP|address|addresses|IPs)/,
    /unable to (?:allocate|assign) (?:an? )?(?:IP|address)|IP ?address.{0,60}limit/,
    /cannot allocate new (?:block|address)|failed to allocate (?:for range|pool)|IP_?SPACE_?EXHAUSTED/,
    /subnet .{0,60}(?:is )?full|SubnetFull|SubnetIsFull|NoAvailableAddress|no address allocated/,
    /no more free (?:affine )?blocks|assigned 0 out of \d+ requested/,
    /could not (?:allocate|find) .{0,30}(?:IP|address)/,
  ],
  'i',
)

const network = anyOf(
  [
    /(?:set ?up|setup|create|configure|attach|teardown|destroy) .{0,30}(?:pod |sandbox |the )?network/,
    /networkPlugin cni|\bcni\b|plugin type=|network plugin|NetworkPluginNotReady|NetworkReady/,
    /loadFlannelSubnetEnv|flannel|calico|cilium|weave|multus|antrea|kube-router|kube-ovn|ovn-?kubernetes/,
    /aws-?vpc|azure-?vnet|add cmd|error adding (?:container|pod|\S+) to network|ClusterInformation/,
    /set bridge|network namespace|netns|veth|hostport|port ?map|sandbox interface|failed to find plugin/,
    /pod bandwidth/,
  ],
  'i',
)

/** The pod's sandbox: its network, its runtime, its address. */
export const sandbox: readonly Cause[] = [
  {
    code: 'IpAddressesExhausted',
    family: 'runtime',
    title: 'No pod address is free',
    severity: 'critical',
    meaning: 'The network plugin has no free IP address for the pod.',
    knownBy: ['The network plugin says that no address could be assigned, or that its range or pool is exhausted.'],
    clues: creationClues({
      text: exhausted,
      unless:
        /failed to allocate for range \d+: requested|already (?:in use|allocated)|host ?port|no space left|cannot allocate memory/i,
      confidence: 'certain',
      weight: 88,
      reason: [
        'FailedCreatePodSandBox',
        'FailedCreatePodSandbox',
        'FailedSync',
        'NetworkNotReady',
        'NetworkFailed',
        'Failed',
        'BackOff',
      ],
    }),
    explain: (given) =>
      `The network plugin found no free address for ${podOf(given)} on node ${given.spec?.node ?? 'it was given to'}, so that its sandbox cannot be created. The range of the node, or the subnet behind it, is used up: by too many pods, by addresses that are held in reserve, or by leftovers of pods that are gone.${pods(given)}`,
    remedies: (given) => [
      {
        text: 'Count the pods of the node against what it may have.',
        command: `kubectl get pods -A --field-selector spec.nodeName=${nodeOf(given)} | wc -l; kubectl get node ${nodeOf(given)} -o jsonpath='{.spec.podCIDR} {.status.allocatable.pods}'`,
      },
      {
        text: 'With flannel, host-local or kubenet, look for leases of pods that are gone.',
        command: onNode(given, 'ls /host/var/lib/cni/networks'),
      },
      {
        text: 'On EKS, see the free addresses of the subnets; turn on prefix delegation, or add a subnet.',
        command: `aws ec2 describe-subnets --query 'Subnets[].[SubnetId,AvailableIpAddressCount]' --output table; kubectl set env daemonset/aws-node -n kube-system ENABLE_PREFIX_DELEGATION=true`,
      },
      {
        text: 'Until then, put the pod on another node.',
        command: `kubectl cordon ${nodeOf(given)} && kubectl delete pod ${given.observation.subject.name}${inNamespace(given)}`,
      },
    ],
    factor: (given) => given.spec?.node,
  },
  {
    code: 'RuntimeHandlerMissing',
    family: 'runtime',
    title: "The node does not have the pod's runtime",
    severity: 'critical',
    meaning: 'The RuntimeClass asks for a handler that the runtime of the node is not configured with.',
    knownBy: ['The runtime says "no runtime for ... is configured" or "failed to find runtime handler".'],
    clues: creationClues({
      text: anyOf(
        [
          /no runtime for "?(?<handler>[^"\s]+)"? is configured/,
          /(?:find|unknown|invalid|unsupported|get) runtime handler "?(?<named>[^"\s]+)/,
          /runtime ?handler "?(?<other>[^"\s]+)"? (?:not|is not|was not)|RuntimeHandler .{0,60}not supported/,
          /unknown runtime (?:specified|handler) ?"?(?<specified>[^"\s]*)/,
          /runtime "?(?<type>io\.containerd\.[\w.-]+)"? (?:binary not installed|not found)/,
          /(?:binary not installed|exec: )"?(?<binary>containerd-shim-[\w-]+)"?/,
          /invalid runtime name (?<invalid>\S+)|runtime class .{0,60}not (?:configured|supported)/,
        ],
        'i',
      ),
      confidence: 'certain',
      weight: 89,
    }),
    explain: (given) => {
      const { handler, named, other, specified, type, binary, invalid } = given.facts
      const name = handler ?? named ?? other ?? specified ?? type ?? binary ?? invalid ?? 'it asks for'
      const runtimeClass = given.spec?.facts['runtimeClass']
      return `${capital(podOf(given))} wants ${runtimeClass === undefined ? '' : `the RuntimeClass ${runtimeClass} and with it `}the runtime handler ${name}, which the container runtime of node ${given.spec?.node ?? 'it was given to'} does not know. Either it was never installed there, or the RuntimeClass does not keep its pods to the nodes that have it.${pods(given)}`
    },
    remedies: (given) => {
      const runtimeClass = given.spec?.facts['runtimeClass']
      return [
        {
          text: 'See what the RuntimeClass asks for, and where.',
          command: `kubectl get runtimeclass ${runtimeClass ?? 'RUNTIME-CLASS'} -o yaml`,
        },
        {
          text: 'See which handlers the runtime of the node has.',
          command: `crictl info | jq '.config.containerd.runtimes | keys'   # on node ${nodeOf(given)}; CRI-O: crio config | grep -A3 'crio.runtime.runtimes'`,
        },
        {
          text: 'Install the handler there and restart the runtime; or give the RuntimeClass a scheduling.nodeSelector of the nodes that have it.',
        },
        {
          text: 'Or run the pod with the default runtime.',
          command: `kubectl patch ${workloadOf(given)}${inNamespace(given)} -p '{"spec":{"template":{"spec":{"runtimeClassName":null}}}}'`,
        },
      ]
    },
    factor: (given) => given.spec?.facts['runtimeClass'] ?? given.spec?.node,
  },
  {
    code: 'SandboxNetworkFailure',
    family: 'runtime',
    title: "The pod's network cannot be set up",
    severity: 'critical',
    meaning: "The pod's sandbox cannot be set up: the network plugin fails or is not ready.",
    knownBy: ['The kubelet says FailedCreatePodSandBox, and names the network plugin.', 'The node says NetworkPluginNotReady.'],
    clues: [
      ...creationClues({
        text: network,
        unless: /sandbox image|no runtime for|runtime handler|no space left/i,
        confidence: 'certain',
        weight: 76,
        reason: [
          'FailedCreatePodSandBox',
          'FailedCreatePodSandbox',
          'NetworkNotReady',
          'NetworkFailed',
          'FailedPodSandBoxStatus',
        ],
        when: (_, text) => /sandbox|network is not ready|NetworkReady|NetworkPluginNotReady/i.test(text),
      }),
      ...creationClues({
        text: network,
        unless: /sandbox image|no runtime for|runtime handler|no space left/i,
        confidence: 'likely',
        weight: 70,
        reason: ['FailedSync', 'FailedCreatePodSandBox', 'FailedKillPod', 'Failed', 'NetworkNotReady'],
        when: (_, text) => /network|cni|sandbox/i.test(text) && !/pull(?:ing)? image|dial tcp .{0,80}:(?:443|5000)/i.test(text),
      }),
    ],
    explain: (given) => {
      const plugin = pluginOf(given.quote)
      return `${capital(podOf(given))} gets no network on node ${given.spec?.node ?? 'it was given to'}, so that not one of its containers is created. ${plugin === undefined ? 'The network plugin (CNI)' : `The network plugin ${plugin}`} says: ${innermost(given.quote)}${pods(given)}`
    },
    remedies: (given) => [
      {
        text: 'See whether the pods of the network plugin run on that node.',
        command: `kubectl get pods -n kube-system -o wide --field-selector spec.nodeName=${nodeOf(given)}`,
      },
      ...(annotation.test(given.quote)
        ? [
            {
              text: 'The setting stands in an annotation of the pod: correct it in the template.',
              command: `kubectl get ${workloadOf(given)}${inNamespace(given)} -o jsonpath='{.spec.template.metadata.annotations}'`,
            },
          ]
        : []),
      {
        text: "Read the plugin's log on the node.",
        command: `kubectl logs -n kube-system -l k8s-app=${logLabel(given.quote)} --tail=50 --prefix`,
      },
      {
        text: 'See what the node has as network configuration and plugins.',
        command: onNode(given, 'ls -l /host/etc/cni/net.d /host/opt/cni/bin'),
      },
    ],
    factor: (given) => given.spec?.node,
  },
]

const annotation = /annotation|unreasonably small|bandwidth/i

const plugins = [
  'calico',
  'cilium',
  'flannel',
  'weave',
  'multus',
  'aws-cni',
  'azure-vnet',
  'antrea',
  'kube-router',
  'kube-ovn',
  'ovn-kubernetes',
  'bridge',
  'portmap',
  'bandwidth',
] as const

function pluginOf(quote: string): string | undefined {
  return /plugin type="([^"]+)"/.exec(quote)?.[1] ?? plugins.find((name) => quote.toLowerCase().includes(name))
}

const logLabel = (quote: string): string => {
  const plugin = pluginOf(quote)
  return plugin === 'calico' ? 'calico-node' : plugin === 'aws-cni' ? 'aws-node' : (plugin ?? 'PLUGIN')
}

/** What is left of a message when the wrappings of kubelet, gRPC and runtime are taken off. */
export function innermost(quote: string): string {
  const inner = quote
    .replace(/^.*?rpc error: code = \w+ desc = /s, '')
    .replace(
      /^failed to (?:set ?up|create) (?:network for )?(?:pod )?sandbox (?:container )?"[^"]*"(?: network for pod "[^"]*")?: /i,
      '',
    )
    .replace(/networkPlugin cni failed to set up pod "[^"]*" network: /, '')
    .replace(/: unknown$/, '')
    .trim()
  return `${inner.slice(0, 400)}${/[.!?]$/.test(inner) ? '' : '.'}`
}

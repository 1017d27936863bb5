import { anyOf } from '../any-of.ts'
import type { Cause } from '../cause.ts'
import { changed, nodeOf, onNode, pods, who, within } from '../wording.ts'
import { byRegistry, imageOf, pullClues, registryOf } from './pull-clues.ts'

/** The name server did not know, or did not answer. */
const unresolved = anyOf(
  [
    /no such host|server misbehaving|Temporary failure in name resolution|Name or service not known/,
    /could(?: not|n't) resolve host/,
    /lookup [^\s:]+(?: on [^\s]+)?: .{0,200}(?:i\/o timeout|connection refused|no such host|no answer|SERVFAIL|network is unreachable|operation not permitted|deadline exceeded|connection timed out|server misbehaving)/,
    /dial tcp: lookup|no address associated with hostname|DNS (?:lookup|resolution) failed|name resolution/,
  ],
  'i',
)

const tls = anyOf(
  [
    /x509|certificate (?:signed by|has expired|is not|verify|relies|verification)/,
    /server gave HTTP response to HTTPS client/,
    /tls: (?:unrecognized|internal error|certificate|alert|failed|handshake|bad|unknown|first record|protocol|no supported|server selected)/,
    /remote error: tls|first record does not look like a TLS handshake|SSL (?:certificate|routines)/,
    /ssl_error|handshake failure|malformed HTTP response "\\x15/,
  ],
  'i',
)

const unreachable = anyOf(
  [
    /connection refused|i\/o timeout|no route to host|network is unreachable|host is unreachable/,
    /connection reset by peer|connection timed out|TLS handshake timeout/,
    /request canceled while waiting for connection|Client\.Timeout exceeded while awaiting headers/,
    /proxyconnect|: EOF\b|unexpected EOF|broken pipe|connect: operation (?:timed out|not permitted)/,
    /connect: cannot assign|http2: client connection lost|no connection could be made/,
    /connection attempt failed|Proxy Authentication Required|\b407\b|connect: invalid argument|wsarecv/,
    /server closed idle connection|ping attempt failed/,
    /failed to do request: .{0,300}(?:context deadline exceeded|timeout)|connect: permission denied/,
    /INTERNAL_ERROR|use of closed network connection|Service Endpoint .{0,60}unreachable/,
    /RegistryUnavailable.{0,200}dial/,
  ],
  'i',
)

const unavailable = anyOf([
  /\b50[0-9]\b(?! bytes)[^0-9]{0,3}(?:Internal Server Error|Bad Gateway|Service Unavailable|Service Temporarily|Gateway Time-?out|server error)?/,
  /Internal Server Error|Bad Gateway|Service Unavailable|Gateway Time-?out/,
  /received unexpected HTTP status: 5|\bRegistryUnavailable\b|status(?: code)?:? 5\d\d/,
  /HTTP (?:status|code):? 5\d\d|registry is (?:down|unavailable|overloaded|read-only)|under maintenance/,
  /HTTP response (?:was )?5\d\d|\b52[0-6]\b/,
])

const rateLimited = anyOf(
  [
    /toomanyrequests|too many requests|\b429\b|rate limit|pull limit|request limit exceeded/,
    /(?:pulls?|requests?|egress|quota) .{0,40}(?:exceeded|throttled)|Throttling|retry-after/,
  ],
  'i',
)

/** The registry and the way to it. */
export const registry: readonly Cause[] = [
  {
    code: 'RegistryRateLimited',
    family: 'image',
    title: 'The registry limits the rate of pulls',
    severity: 'critical',
    meaning: 'The registry answers 429: there were too many pulls.',
    knownBy: ['The registry answers 429 or "toomanyrequests".'],
    clues: [...pullClues({ text: rateLimited, unless: /pull QPS exceeded/i, confidence: 'certain', weight: 88 })],
    explain: (given) =>
      `${registryOf(given)} answered the pull of ${imageOf(given)} with 429: ${within(given)} has to wait because too much was pulled from this address or account. ${registryOf(given) === 'docker.io' ? 'Docker Hub counts anonymous pulls by public IP address, which all nodes behind one NAT gateway share; a login raises the limit.' : 'The limit counts by account or by address, and all nodes of the cluster may share it.'} The image itself is not at fault, and the pull succeeds when the limit allows it again.${pods(given)}`,
    remedies: (given) => [
      ...(registryOf(given) === 'docker.io'
        ? [
            {
              text: 'See what is left of the limit, from the network of the nodes.',
              command: `TOKEN=$(curl -s "https://auth.docker.io/token?service=registry.docker.io&scope=repository:ratelimitpreview/test:pull" | jq -r .token); curl -sI -H "Authorization: Bearer $TOKEN" https://registry-1.docker.io/v2/ratelimitpreview/test/manifests/latest | grep -i ratelimit`,
            },
          ]
        : []),
      {
        text: 'Pull with an account: create a pull secret and name it at the service account.',
        command: `kubectl create secret docker-registry regcred --docker-server=${registryOf(given) === 'docker.io' ? 'https://index.docker.io/v1/' : registryOf(given)} --docker-username=USER --docker-password=TOKEN${namespaceOf(given)} && kubectl patch serviceaccount ${given.spec?.serviceAccount ?? 'default'}${namespaceOf(given)} -p '{"imagePullSecrets":[{"name":"regcred"}]}'`,
      },
      {
        text: 'For good: serve images from a pull-through cache or a registry of your own, and use imagePullPolicy IfNotPresent with fixed tags.',
      },
    ],
    factor: byRegistry,
  },
  {
    code: 'RegistryDnsFailure',
    family: 'image',
    title: "The registry's name cannot be resolved",
    severity: 'critical',
    meaning: "The node cannot resolve the registry's name.",
    knownBy: ['The runtime says "no such host", "server misbehaving", or that the lookup timed out.'],
    clues: [...pullClues({ text: unresolved, unless: /proxyconnect/i, confidence: 'certain', weight: 84 })],
    explain: (given) => {
      const host = hostOf(given.quote) ?? registryOf(given)
      const how = /no such host|not known|no address/i.test(given.quote)
        ? 'The name server answered that there is no such name: it is misspelt, was taken away, or is known to another (internal) name server only.'
        : 'The name server did not answer properly, so that the trouble is with the DNS of the node and other names may fail as well.'
      return `The node${given.spec?.node === undefined ? '' : ` ${given.spec.node}`} cannot resolve ${host}, so that ${imageOf(given)} cannot be pulled. ${how} Images are pulled by the node, with the name servers of its own /etc/resolv.conf, not with those of the cluster.${changed(given, /image$/)}${pods(given)}`
    },
    remedies: (given) => [
      { text: 'Ask from the node.', command: onNode(given, `nslookup ${hostOf(given.quote) ?? registryOf(given)}`) },
      { text: 'See which name servers the node uses.', command: onNode(given, 'cat /host/etc/resolv.conf') },
      {
        text: 'Compare with the world: does the name exist at all?',
        command: `dig +short ${hostOf(given.quote) ?? registryOf(given)}; dig +short ${hostOf(given.quote) ?? registryOf(given)} @1.1.1.1`,
      },
      { text: 'Correct the name in the image, or the DNS of the node; the kubelet then tries again by itself.' },
    ],
    factor: byRegistry,
  },
  {
    code: 'RegistryTlsFailure',
    family: 'image',
    title: 'The TLS connection to the registry fails',
    severity: 'critical',
    meaning: "The node does not accept the registry's certificate, or the two do not speak TLS with each other.",
    knownBy: ['The runtime names an x509 error, a failed handshake, or "server gave HTTP response to HTTPS client".'],
    clues: [...pullClues({ text: tls, unless: /TLS handshake timeout/i, confidence: 'certain', weight: 85 })],
    explain: (given) =>
      `${who(given)} cannot be started because ${tlsTrouble(given.quote, registryOf(given))} The registry was reached; the image itself is not at fault.${pods(given)}`,
    remedies: (given) => {
      const host = registryOf(given) === 'docker.io' ? 'registry-1.docker.io' : registryOf(given)
      const address = host.includes(':') ? host : `${host}:443`
      const plain = /HTTP response to HTTPS|first record|malformed HTTP/i.test(given.quote)
      const clock = /expired or is not yet valid/i.test(given.quote)
      return [
        plain
          ? { text: 'See what the registry speaks.', command: `curl -sI http://${host}/v2/; curl -sI https://${host}/v2/` }
          : {
              text: 'See the certificate: issuer, names and dates.',
              command: `openssl s_client -connect ${address} -servername ${host.split(':')[0]} </dev/null 2>/dev/null | openssl x509 -noout -issuer -subject -dates -ext subjectAltName`,
            },
        ...(clock
          ? [
              {
                text: 'Compare the clock of the node: a wrong one makes a valid certificate look expired.',
                command: onNode(given, 'date -u'),
              },
            ]
          : []),
        plain
          ? {
              text: `Serve the registry by HTTPS; or tell containerd on every node that it speaks HTTP.`,
              command: `mkdir -p /etc/containerd/certs.d/${host} && printf 'server = "http://${host}"\\n[host."http://${host}"]\\n' > /etc/containerd/certs.d/${host}/hosts.toml   # on node ${nodeOf(given)}`,
            }
          : {
              text: 'Renew the certificate with the right names; or let every node trust its authority.',
              command: `mkdir -p /etc/containerd/certs.d/${host} && cp ca.crt /etc/containerd/certs.d/${host}/ca.crt && printf 'server = "https://${host}"\\n[host."https://${host}"]\\n  ca = "/etc/containerd/certs.d/${host}/ca.crt"\\n' > /etc/containerd/certs.d/${host}/hosts.toml   # on node ${nodeOf(given)}`,
            },
      ]
    },
    factor: byRegistry,
  },
  {
    code: 'RegistryUnreachable',
    family: 'image',
    title: 'The registry cannot be reached',
    severity: 'critical',
    meaning: 'The node gets no connection to the registry.',
    knownBy: [
      'The runtime says "connection refused", "i/o timeout", "no route to host", "connection reset", or names the proxy.',
    ],
    clues: [
      ...pullClues({
        text: unreachable,
        unless: /no such host|lookup [^\s:]+(?: on \S+)?:|\.sock\b/i,
        confidence: 'certain',
        weight: 80,
        when: (_, text) => !tls.test(text) && !isDownload(text),
      }),
      ...pullClues({
        text: unreachable,
        unless: /\.sock\b/i,
        confidence: 'likely',
        weight: 79,
        when: (_, text) => !isDownload(text),
      }),
    ],
    explain: (given) => {
      const address = /dial tcp (\S+:\d+):/.exec(given.quote)?.[1]
      return `The node${given.spec?.node === undefined ? '' : ` ${given.spec.node}`} gets no connection to ${registryOf(given)}${address === undefined ? '' : ` (${address})`}: ${netTrouble(given.quote)} ${who(given)} therefore waits for ${imageOf(given)}, and the kubelet keeps trying.${changed(given, /image$/)}${pods(given)}`
    },
    remedies: (given) => {
      const host = registryOf(given) === 'docker.io' ? 'registry-1.docker.io' : registryOf(given)
      return [
        {
          text: 'Try from the node: any HTTP answer, also 401, means that it can be reached.',
          command: onNode(given, `wget -S -T 5 -O /dev/null https://${host}/v2/`),
        },
        {
          text: 'Pull by hand on the node, with the runtime that the kubelet uses.',
          command: `crictl pull ${imageOf(given)}   # on node ${nodeOf(given)}`,
        },
        ...(/proxy|407/i.test(given.quote)
          ? [
              {
                text: 'Check the proxy of the runtime and its NO_PROXY.',
                command: `systemctl show --property=Environment containerd   # on node ${nodeOf(given)}`,
              },
            ]
          : []),
        {
          text: 'Check whether the registry runs, and what stands between: firewall, security group, route, NAT gateway, VPC endpoint, proxy settings of the runtime.',
        },
      ]
    },
    factor: byRegistry,
  },
  {
    code: 'RegistryUnavailable',
    family: 'image',
    title: 'The registry answers with an error of its own',
    severity: 'critical',
    meaning: 'The registry answers 5xx, is down or overloaded.',
    knownBy: ['The registry, or the load balancer before it, answers 500, 502, 503 or 504.'],
    clues: [
      ...pullClues({
        text: unavailable,
        unless: /\b401\b|unauthorized|toomanyrequests|\b429\b|dial tcp|no such host|x509/i,
        confidence: 'certain',
        weight: 77,
      }),
      { source: 'status', reason: ['RegistryUnavailable'], confidence: 'likely', weight: 60 },
    ],
    explain: (given) =>
      `${registryOf(given)} can be reached, and answers ${/\b5\d\d\b[ \w-]{0,24}/.exec(given.quote)?.[0].trim() ?? 'with a server error'} to the pull of ${imageOf(given)}. The fault is with the registry or the load balancer before it, not with the image, the node or the credentials; the kubelet keeps trying and recovers with it.${pods(given)}`,
    remedies: (given) => [
      {
        text: 'See whether it answers by now.',
        command: `curl -sS -o /dev/null -w '%{http_code}\\n' https://${registryOf(given) === 'docker.io' ? 'registry-1.docker.io' : registryOf(given)}/v2/`,
      },
      { text: `Look at the status page of ${registryOf(given)}, or, if it is yours, at its pods, its storage and its log.` },
      {
        text: 'If it stays down, pull from a mirror, or take nodes that already hold the image.',
        command: `crictl images | grep '${imageOf(given).split(/[:@]/)[0]}'   # on node ${nodeOf(given)}`,
      },
    ],
    factor: byRegistry,
  },
]

/** The layers were on their way already: that is a download that broke or was too slow. */
const isDownload = (text: string): boolean =>
  /failed to copy|while reading body|blobs?\/|layer/i.test(text) &&
  /deadline exceeded|request canceled|context canceled|timeout|progress/i.test(text) &&
  !/dial tcp|connection refused|no route|handshake|awaiting headers/i.test(text)

const hostOf = (quote: string): string | undefined => /lookup ([^\s:]+?)\.?(?: on |:)/.exec(quote)?.[1]

const namespaceOf = ({ observation: { subject } }: Parameters<Cause['explain']>[0]) =>
  subject.namespace === undefined ? '' : ` -n ${subject.namespace}`

function tlsTrouble(quote: string, registry: string): string {
  if (/HTTP response to HTTPS|first record|malformed HTTP/i.test(quote))
    return `${registry} speaks plain HTTP, and the node's runtime expects HTTPS.`
  if (/expired or is not yet valid/i.test(quote))
    return `the certificate of ${registry} is outside its dates, or the clock of the node is wrong.`
  if (/unknown authority|self[- ]signed|unable to get local issuer/i.test(quote))
    return `the certificate of ${registry} is signed by an authority that the node does not know.`
  if (/not (?:valid for|match)|is valid for|doesn't contain any|legacy Common Name/i.test(quote))
    return `the certificate of ${registry} is for another name.`
  return `the TLS handshake with ${registry} fails.`
}

function netTrouble(quote: string): string {
  if (/connection refused/i.test(quote))
    return 'the connection was refused, so the host is there and nothing listens at that port.'
  if (/no route|unreachable/i.test(quote)) return 'there is no route to that address.'
  if (/reset by peer|EOF|broken pipe/i.test(quote)) return 'the connection was cut by the other side or something between.'
  if (/proxy|407/i.test(quote)) return 'the proxy that the runtime is set up with does not let it through.'
  return 'nothing answers in time, which is how a firewall or a wrong route looks from the node.'
}

import { anyOf } from '../any-of.ts'
import type { Case, Cause } from '../cause.ts'
import { inNamespace, who } from '../wording.ts'
import { afterwards, cited, closing, ending, setVariable, spoken } from './case.ts'
import { said } from './said.ts'
import { errorNames } from './vocabulary.ts'

/** Host and port of what was asked, from the line that tells of it. */
function addressOf(quote: string): { readonly host: string; readonly port?: string } | undefined {
  const found =
    /(?:getaddrinfo|lookup|resolve(?:d)?(?: host(?:name)?)?|UnknownHostException:?|host not found in upstream|translate host name|Unknown host|hostname|Could not resolve host:?) (?:(?:ENOTFOUND|EAI_AGAIN|ENODATA) )?["'`]?(?<name>[a-zA-Z0-9][\w.-]{1,250})["'`]?/.exec(
      quote,
    )?.groups?.['name'] ?? undefined
  const target =
    /(?:dial (?:tcp|udp) |connect(?:ing)? (?:to |ECONNREFUSED |ETIMEDOUT |EHOSTUNREACH )|ECONNREFUSED |ETIMEDOUT |to server at ["']?|\/\/(?:[^@/\s"']{1,200}@)?|at ["'])(?<host>\[?[a-zA-Z0-9][\w.:-]{1,250}?\]?):(?<port>\d{2,5})\b/.exec(
      quote,
    )?.groups
  const loose = /(?:^|[\s"'(=/@])(?<host>[a-zA-Z0-9][\w-]{0,62}(?:\.[\w-]{1,63}){0,8}):(?<port>\d{2,5})\b/.exec(quote)?.groups
  if (found !== undefined && !/^(?:on|for|the|failed|error|of)$/.test(found)) return { host: found }
  const groups = target ?? loose
  return groups?.['host'] === undefined
    ? undefined
    : { host: groups['host'], ...(groups['port'] !== undefined && { port: groups['port'] }) }
}

const asText = (given: Case): string => {
  const address = addressOf(given.quote)
  return address === undefined
    ? 'something that it depends on'
    : `${address.host}${address.port === undefined ? '' : `:${address.port}`}`
}

/** What the way of failing says of the place where to look. */
function meaningOf(quote: string): string {
  if (
    /no such host|ENOTFOUND|UnknownHost|not known|resolve|EAI_AGAIN|host not found|nodename|translate host|Unknown host|NXDOMAIN|lookup/i.test(
      quote,
    )
  )
    return 'The name does not resolve: it is misspelt, the Service lives in another namespace or does not exist, or the cluster DNS is down.'
  if (/refused/i.test(quote))
    return 'The address answers and nothing listens there: the Service has no ready pod, the port is wrong, or it is not up yet.'
  if (/timed? ?out|deadline|unreachable|no route/i.test(quote))
    return 'No answer comes back: the address is wrong, a NetworkPolicy or firewall drops the traffic, or the other side hangs.'
  return 'It is not up yet, is overloaded, or cannot be reached from this pod.'
}

/** What a program needs of others, and cannot reach. */
export const dependencies: readonly Cause[] = [
  {
    code: 'DependencyUnavailable',
    family: 'crash',
    title: 'Something that the program needs cannot be reached',
    severity: 'critical',
    meaning: 'A database, broker, API or other service that the program needs cannot be reached.',
    knownBy: ['The log says that a connection was refused or timed out, that a host is unknown, or that a server is not there.'],
    clues: [
      ...said({
        text: anyOf([
          /connection refused|ECONNREFUSED|Connection refused|no such host|ENOTFOUND|EAI_AGAIN|UnknownHostException/,
          /[Nn]ame or service not known|[Tt]emporary failure in name resolution|nodename nor servname/,
          /could not resolve host|could not translate host name|host not found in upstream|EHOSTUNREACH|ENETUNREACH/,
          /ETIMEDOUT|ECONNRESET|[Nn]o route to host|[Nn]etwork is unreachable/,
          /dial (?:tcp|udp|unix)[^\n]{0,200}(?:timeout|refused|unreachable|reset|no such)/,
          /lookup [^\n]{1,200}(?:no such host|server misbehaving|timeout|i\/o)|Communications link failure/,
          /Can't connect to (?:local |remote )?(?:MySQL|MariaDB)|could not connect to server/,
          /Connection to \S{1,200} (?:refused|failed|timed out)|ServerSelectionTimeout|MongoNetworkError/,
          /MongoTimeoutError|MongoServerSelectionError|Server selection timed? ?out|No suitable servers/,
          /server selection error|NoNodeAvailable|No nodes? available|NoBrokersAvailable|no brokers? available/,
          /No resolvable bootstrap urls|currently unable to handle the request/,
          /client has run out of available brokers|Broker (?:may not be|not) available/,
          /brokers? (?:are |is )?(?:down|unavailable|not available)/,
          /Timed out waiting for (?:a )?(?:node|connection|server)|KeeperErrorCode = ConnectionLoss/,
          /ConnectionLoss for/,
          /Unable to connect to (?:zookeeper|any|the|database|redis|server|mysql|postgres|rabbit|mongo|elastic)/,
          /NoHostAvailable|AMQPConnectionError|BrokerUnreachableException|RedisConnectionException|ConnectTimeout/,
          /ConnectException|SocketTimeoutException|HttpHostConnectException|NewConnectionError|Max retries exceeded/,
          /MaxRetryError|Failed to establish a new connection|Can't reach database server|P1001/,
          /SequelizeConnectionRefusedError|SequelizeHostNotFoundError|getaddrinfo|gaierror|php_network_getaddresses/,
          /SQLSTATE\[HY000\] \[200[23]\]|SQLSTATE\[08006\]|2003 \(HY000\)|Connection could not be established/,
          /connection to server (?:at|on) [^\n]{1,200}failed|server closed the connection unexpectedly/,
          /transport: Error while dialing|failed to (?:dial|connect|ping|reach|contact)\b/,
        ]),
        unless: anyOf(
          [
            /probe failed|kube-probe|update\.traefik|new version|telemetry|password authentication/,
            /auth(?:entication)? failed|Access denied|address already in use|liveness|readiness|SyncLoop|x509/,
            /\.go:\d{1,6}\] Starting|unable to load in-cluster|certificate (?:signed|has|is)|permission denied/,
            /CONFIG_\w{1,30} is/,
          ],
          'i',
        ),
        weight: 63,
      }),
      ...said({
        text: anyOf(
          [
            /i\/o timeout|context deadline exceeded|deadline exceeded|Client\.Timeout exceeded/,
            /request canceled while waiting for connection|TLS handshake timeout|net\/http: timeout/,
            /timed? ?out (?:waiting|connecting|while|trying|after)|timeout occurred/,
            /(?:connection|connect|request|operation|read|handshake)\b.{0,40}timed? ?out|connect(?:ion)? time ?out/,
            /(?:unable|failed|could not|cannot) [^\n]{0,40}\b(?:any|all|other) (?:\w{1,20} )?(?:peers?|nodes?|members?|brokers?|seeds?|replicas?|servers?|endpoints?)\b/,
            /\b(?:services?|namespaces?|endpoints?|deployments?|statefulsets?|nodes?|customresourcedefinitions?\S{0,40}) "[^"\n]{1,120}" not found/,
            /Timeout (?:waiting|connecting|exceeded|opening)|[Uu]nknown (?:\w{1,20} ){0,3}host\b|bad address '|(?:find|resolve|locate|look ?up) (?:the )?(?:host|address|server)\b/,
            /(?:did|does|has) ?n[o']t (?:come up|respond|answer|become ready|start up)|never (?:came up|became|responded)|not (?:come )?up (?:in time|after)/,
            /could ?n[o']t (?:connect|reach|contact|be reached|establish)/,
            /(?:unable|failed|failure|cannot|can't|not able|impossible) to (?:\w{1,20} ){0,3}?(?:connect|reach|contact|dial|ping|establish|resolve|communicate|access|fetch|download|retrieve|get|list|join|discover|subscribe|register)\b/,
            /(?:connection|connecting) (?:to|with)\b[^\n]{0,120}(?:fail|error|lost|closed|reset|aborted|unavailable)/,
            /\bno (?:alive|live|healthy|available|reachable|active) (?:\w{1,20} )?(?:nodes?|servers?|hosts?|brokers?|backends?|upstreams?|endpoints?)\b/,
            /(?:cannot|could not|can't|unable to|failed to) (?:validate|open|create|make|obtain|acquire|get) (?:a |an |the )?(?:\w{1,20} )?connection\b/,
            /connection to (?:the )?(?:\w{1,20} )?\S{1,120} (?:was|is|has been) (?:refused|lost|rejected|dropped)|(?:was|is|been) refused\b/,
            /connection (?:attempt |was |is |unexpectedly |prematurely |forcibly |to \S{1,80} ){0,2}(?:reset|closed|aborted|lost|error|failed|failure)/,
            /(?:503|502|504) (?:Service Unavailable|Bad Gateway|Gateway Time)|service unavailable/,
            /status(?: ?code)?[:= ]{1,3}50[0234]/,
            /is (?:not (?:reachable|available|ready|up|running)|unreachable|unavailable|down)\b/,
            /not (?:yet )?(?:reachable|available|ready)\b/,
            /waiting for [^\n]{0,80}(?:fail|time|gave up|giving up|exceed)/,
            /max(?:imum)? (?:number of )?(?:retries|attempts|retry)\b|giving up|retries (?:exhausted|exceeded)/,
            /Too many connections|too many clients|remaining connection slots|no healthy upstream/,
            /upstream connect error|no endpoints available|the server could not find the requested resource/,
            /no matches for kind|couldn't get (?:resource|current server API)|failed to get API group/,
            /Unable to get (?:pod|node) metrics|could not (?:discover|find) .{0,40}(?:leader|master|cluster|peer)/,
            /leader election lost|failed to renew lease|no leader|lost (?:quorum|connection|leader)|quorum/,
            /CRD[s]? (?:are |is )?not (?:installed|found|ready)|relation "[^"\n]{1,80}" does not exist/,
            /Table '[^'\n]{1,120}' doesn't exist|unknown database|database "[^"\n]{1,80}" does not exist|Unknown topic/,
            /migrations? (?:pending|not applied)/,
          ],
          'i',
        ),
        unless: anyOf(
          [
            /kube-probe|probe failed|update\.traefik|new version|telemetry|password/,
            /auth(?:entication|orization)? (?:failed|error)|Access denied|forbidden|unauthori|permission/,
            /config(?:uration)? file|parse|No such file|read-only|corrupt|checkpoint|module|library|address already/,
            /startup probe|lock file|\.so\b|WORKER TIMEOUT|SIGKILL|service for type|dependenc(?:y|ies) of|\bbean\b|descriptor/,
          ],
          'i',
        ),
        weight: 55,
      }),
      ...said({ text: errorNames.unreachable, unless: /auth|password|denied|parse|corrupt|config/i, weight: 54 }),
    ],
    explain: (given) =>
      `${who(given)} cannot reach ${asText(given)} and gives up. ${spoken(given)}: ${cited(given.quote)}. ${meaningOf(given.quote)}${ending(given)}${closing(given, /env|args|command|image/)}`,
    remedies: (given) => {
      const address = addressOf(given.quote)
      const isIp = address !== undefined && /^[\d.]{7,15}$/.test(address.host)
      const [service = 'SERVICE', namespace] = address === undefined || isIp ? [] : address.host.split('.')
      const within =
        namespace === undefined || /^(?:com|net|org|io|local|internal|cloud)$/.test(namespace)
          ? inNamespace(given)
          : ` -n ${namespace}`
      return [
        isIp
          ? {
              text: 'Find the Service of that address, and whether it has ready pods.',
              command: `kubectl get services -A -o wide | grep -F '${address.host}'; kubectl get endpointslices -A`,
            }
          : {
              text: 'See whether the Service exists and has ready pods behind it.',
              command: `kubectl get service,endpoints ${service}${within}`,
            },
        {
          text: 'Try it from a pod beside it.',
          command: `kubectl run reach --rm -it --restart=Never --image=busybox${inNamespace(given)} -- sh -c '${isIp || address === undefined ? '' : `nslookup ${address.host}; `}nc -zvw3 ${address?.host ?? 'HOST'} ${address?.port ?? 'PORT'}'`,
        },
        { text: 'See whether a NetworkPolicy is in the way.', command: `kubectl get networkpolicies${inNamespace(given)}` },
        setVariable(given, 'Compare with the address that the container is told.', '--list'),
        ...afterwards(given),
      ]
    },
    factor: (given) => addressOf(given.quote)?.host,
  },
]

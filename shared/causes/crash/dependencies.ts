import { anyOf } from '../any-of.ts'
import type { Case, Cause } from '../cause.ts'
import { inNamespace, who } from '../wording.ts'
import { afterwards, cited, closing, ending, readPrevious, setVariable, spoken } from './case.ts'
import { said } from './said.ts'

/** Host and port of what was asked, from the line that tells of it. */
export function addressOf(quote: string): { readonly host: string; readonly port?: string } | undefined {
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

/** What a program needs of others. */
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
            /Timeout (?:waiting|connecting|exceeded|opening)/,
            /could ?n[o']t (?:connect|reach|contact|be reached|establish)/,
            /(?:unable|failed|failure|cannot|can't|not able|impossible) to (?:\w{1,20} ){0,3}?(?:connect|reach|contact|dial|ping|establish|resolve|communicate|access|fetch|download|retrieve|get|list|join|discover|subscribe|register)\b/,
            /(?:connection|connecting) (?:to|with)\b[^\n]{0,120}(?:fail|error|lost|closed|reset|aborted|unavailable)/,
            /connection (?:reset|closed|aborted|lost|error|failed|failure)/,
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
            /startup probe|lock file|\.so\b|WORKER TIMEOUT|SIGKILL/,
          ],
          'i',
        ),
        weight: 55,
      }),
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
  {
    code: 'DependencyAuthFailure',
    family: 'crash',
    title: 'Something that the program needs refuses its credentials',
    severity: 'critical',
    meaning: 'A service was reached and refused the credentials or the rights of the program.',
    knownBy: ['The log says that authentication failed, that access is denied or forbidden, or 401 or 403 of an API.'],
    clues: [
      ...said({
        text: anyOf([
          /password authentication failed|[Aa]ccess denied for user/,
          /[Aa]uthentication (?:failed|error|failure|required|unsuccessful)|AuthenticationFailed/,
          /[Aa]uth(?:entication)?(?:Error|Exception| failed| error| failure)\b|WRONGPASS|NOAUTH|NOPERM/,
          /invalid username-password|ERR invalid password|ERR AUTH|Client sent AUTH|SCRAM|no pg_hba\.conf entry/,
          /pg_hba|SQLSTATE\[28(?:000|P01)\]|role "[^"\n]{1,80}" does not exist|ACCESS_REFUSED|Login was refused/,
          /unable to authenticate|could not authenticate|security_exception|(?:U|u)nauthori[sz]ed\b/,
          /Login failed for user|Cannot open database "[^"\n]{1,80}" requested by the login|ORA-01017/,
          /invalid (?:username|credentials|password|api key|token|access key|client secret|login|user)\b/,
          /[Ii]nvalid (?:API[_ ]?key|JWT|bearer|token)|[Ii]ncorrect (?:username|password|API key)/,
          /[Ww]rong (?:password|credentials|username)|[Bb]ad credentials/,
          /(?:is|are) (?:forbidden|not authori[sz]ed|unauthorized)|\bforbidden: /,
          /[Ff]orbidden\b[^\n]{0,40}(?:User|403)|User "system:(?:serviceaccount|anonymous|node)[^"\n]{0,200}" cannot/,
          /cannot (?:list|get|watch|create|update|patch|delete) resource|InvalidAccessKeyId|[Cc]ode:? 40[13]\b/,
          /AADSTS\d{4,9}|Invalid client secret|insufficient authentication|[Ee]rror 40[13]\b|SignatureDoesNotMatch/,
          /AccessDenied(?:Exception)?\b|UnrecognizedClientException|ExpiredToken|InvalidClientTokenId|AuthFailure/,
          /UnauthorizedOperation|not authorized to perform|AuthorizationFailed|invalid_client|invalid_grant/,
          /PERMISSION_DENIED|PermissionDenied\b|Unauthenticated|UNAUTHENTICATED/,
          /(?:status(?: code)?|code|HTTP\/1\.1|HTTP|error|returned|response)\S{0,3}[:= ]{1,3}"?40[13]\b/,
          /40[13] (?:Unauthorized|Forbidden|Client Error)|Request failed with status code 40[13]/,
          /permission denied for (?:schema|table|relation|database|sequence|function|user)/,
          /[Pp]ermission denied \((?:publickey|password)|SASL|SaslAuthentication|TopicAuthorization/,
          /GroupAuthorization|ClusterAuthorization|not allowed to (?:connect|access)/,
          /token (?:is )?(?:expired|invalid|has expired|was rejected)|expired token|JWT expired/,
          /x509: certificate (?:signed by unknown|has expired|is (?:not )?valid)|certificate verify failed/,
          /SELF_SIGNED_CERT|DEPTH_ZERO_SELF|UNABLE_TO_VERIFY|unable to get local issuer|PKIX path/,
          /SSLHandshakeException|remote error: tls|bad certificate|CERT_HAS_EXPIRED/,
          /permission (?:to|on) .{0,80}denied|lacks? (?:the )?(?:required )?(?:permission|privilege|role)/,
          /insufficient (?:permissions?|privileges?|scope)|must be (?:superuser|owner of)|requires? authentication/,
          /command \w{1,30} requires authentication|P1000\b|P1010\b/,
        ]),
        unless: anyOf(
          [
            /[Pp]ull (?:access|image)|ImagePull|open \/|EACCES|\/var\/|mkdir|chmod|chown|file system|kube-probe/,
            /cannot (?:open|create) (?:file|dir)|AccessDeniedException\[\/|AccessDeniedException: \//,
            /unauthorized access exception|probe failed|warn/,
          ],
          'i',
        ),
        confidence: 'likely',
        weight: 70,
      }),
    ],
    explain: (given) =>
      `${who(given)} reaches what it depends on and is turned away. ${spoken(given)}: ${cited(given.quote)}. ${rightsOf(given.quote)}${ending(given)}${closing(given, /env|serviceAccount|image|args/)}`,
    remedies: (given) => {
      const account = given.spec?.serviceAccount ?? 'default'
      const { namespace = 'default' } = given.observation.subject
      const denied =
        /system:serviceaccount:(?<space>[\w-]{1,80}):(?<name>[\w.-]{1,120})["' ]{1,3}cannot (?<verb>\w{1,20}) resource ["']?(?<resource>[\w.-]{1,80})/.exec(
          given.quote,
        )?.groups
      if (/system:|RBAC|cannot (?:list|get|watch)|forbidden: User/.test(given.quote)) {
        const verb = denied?.['verb'] ?? 'list'
        const resource = denied?.['resource'] ?? 'RESOURCE'
        const identity = `system:serviceaccount:${denied?.['space'] ?? namespace}:${denied?.['name'] ?? account}`
        return [
          {
            text: 'Ask the API server what this service account may.',
            command: `kubectl auth can-i ${verb} ${resource} --as=${identity}`,
          },
          {
            text: 'Give it the right that it lacks, and no more.',
            command: `kubectl create clusterrole ${account}-reads-${resource} --verb=get,list,watch --resource=${resource} && kubectl create clusterrolebinding ${account}-reads-${resource} --clusterrole=${account}-reads-${resource} --serviceaccount=${denied?.['space'] ?? namespace}:${denied?.['name'] ?? account}`,
          },
          readPrevious(given),
          ...afterwards(given),
        ]
      }
      return [
        setVariable(given, 'See which Secret the credentials come from.', '--list'),
        {
          text: 'Compare the Secret with what the service knows (a trailing line break is a classic).',
          command: `kubectl get secret NAME${inNamespace(given)} -o jsonpath='{.data.KEY}' | base64 -d | od -c | tail -3`,
        },
        {
          text: 'After correcting the Secret, replace the pods: variables are read at their start only.',
          command: `kubectl rollout restart ${(given.observation.subject.workload?.kind ?? 'pod').toLowerCase()}/${given.observation.subject.workload?.name ?? given.observation.subject.name}${inNamespace(given)}`,
        },
        readPrevious(given),
        ...afterwards(given),
      ]
    },
  },
]

function rightsOf(quote: string): string {
  if (/x509|certificate|CERT|SSL|tls|PKIX|issuer/.test(quote))
    return 'The certificate of one side is not trusted by the other: it has expired, names another host, or its authority is not known in the container.'
  if (/system:|forbidden|RBAC|cannot (?:list|get|watch)/i.test(quote))
    return 'The service account lacks a right in the API server (RBAC).'
  if (/permission denied for|not authorized to perform|AccessDenied|PERMISSION_DENIED/.test(quote))
    return 'The identity is known and lacks the right for what it wants.'
  return 'User, password, key or token are wrong, expired, or not those of this service; after a first start, a database keeps the password that it was initialised with.'
}

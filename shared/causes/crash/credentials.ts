import { anyOf } from '../any-of.ts'
import type { Cause } from '../cause.ts'
import { inNamespace, who } from '../wording.ts'
import { afterwards, cited, closing, ending, readPrevious, setVariable, spoken } from './case.ts'
import { said } from './said.ts'
import { errorNames } from './vocabulary.ts'

function rightsOf(quote: string): string {
  if (/x509|certificate|CERT|SSL|tls|PKIX|issuer/.test(quote))
    return 'The certificate of one side is not trusted by the other: it has expired, names another host, or its authority is not known in the container.'
  if (/system:|forbidden|RBAC|cannot (?:list|get|watch)/i.test(quote))
    return 'The service account lacks a right in the API server (RBAC).'
  if (/permission denied for|not authorized to perform|AccessDenied|PERMISSION_DENIED/.test(quote))
    return 'The identity is known and lacks the right for what it wants.'
  return 'User, password, key or token are wrong, expired, or not those of this service; after a first start, a database keeps the password that it was initialised with.'
}

/** What a program needs of others, and is refused. */
export const refusals: readonly Cause[] = [
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
            /unauthorized access exception|probe failed|warn|\bOs \{|os error/,
          ],
          'i',
        ),
        confidence: 'likely',
        weight: 70,
      }),
      ...said({
        text: anyOf(
          [
            /access denied for user|password authentication failed|login failed for user|role "[^"\n]{1,80}" does not exist/,
            /(?:failed|unable|could not|cannot) to (?:retrieve|get|obtain|load|refresh|assume|acquire|fetch) (?:\w{1,20} ){0,2}(?:credentials?|access token|role)\b/,
            /(?:username|user name|login|password|credentials?|api key|token|secret)s? (?:is|are|was|were) (?:incorrect|wrong|invalid|rejected|expired|not (?:valid|accepted|recogni[sz]ed))/,
            /(?:you )?(?:must|need to) (?:be authenticated|be logged in|log ?in|authenticate)\b|access to \S{1,120} is restricted/,
            /(?:authori[sz]ation|authentication|permissions?|access) (?:violation|rejected|refused)\b/,
            /could not read (?:username|password)|host key verification failed|correct access rights|terminal prompts disabled/,
            /\b(?:token|key|credentials?|password|secret|passphrase)\b[^\n]{0,60}(?:rejected|revoked|not accepted)\b|improper token/,
            /without any password configured|no password is set|requires a password|authentication is required/,
          ],
          'i',
        ),
        unless: /warn/i,
        weight: 69,
      }),
      ...said({ text: errorNames.refused, unless: /open \/|\/var\/|file|mkdir|AccessDeniedException: \//, weight: 66 }),
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

import { anyOf } from '../any-of.ts'
import type { Cause } from '../cause.ts'
import { who } from '../wording.ts'
import { settingsPath, sourcesOf, afterwards, cited, closing, ending, readPrevious, setVariable, spoken } from './case.ts'
import { said } from './said.ts'
import { errorNames } from './vocabulary.ts'

/** Settings that a program needs and does not get. */
export const missingConfigurations: readonly Cause[] = [
  {
    code: 'MissingConfiguration',
    family: 'crash',
    title: 'A required setting is absent',
    severity: 'critical',
    meaning: 'A required environment variable or setting is absent or empty.',
    knownBy: ['The log says that a variable or setting is required, not set or empty.'],
    clues: [
      ...said({
        text: /(?:env(?:ironment)?(?:[ -]?var(?:iable)?)?s?|variable|setting|config(?:uration)?(?: (?:key|option|value|property|parameter|variable))?|property|parameter|secret|key|token|password|credential|url|uri|dsn|host|field|option)s?\b[^\n]{0,100}\b(?:(?:is|are|was|were|has|have) (?:not|n[o']t been|neither) (?:set|defined|provided|specified|configured|found|present|given|exist)|(?:is|are) (?:missing|required|empty|unset|undefined|null|blank|mandatory|not set)|(?:must|needs? to|has to|should) (?:be )?(?:set|defined|provided|specified|configured|present|entered|supplied|given|non-?empty|not be (?:empty|null|blank|undefined))|(?:must|should|may|can) ?not be (?:empty|null|blank|undefined|nil)|not (?:set|defined|provided|specified|configured|found in (?:the )?env\w{0,15})\b|unset\b|missing$|is missing)/i,
        unless: anyOf(
          [
            /[Nn]o such file|file not found|module|library|\bclass\b|column|relation|table|refused|permission|x509/,
            /mismatch|not match|\.go:\d|warn|deprecat|stack|optional|default(?:ing|s)? |using|argument|flag|--\w|timeout/,
            /Undefined (?:variable|index|offset)|cannot read|of undefined|undefined \(/,
          ],
          'i',
        ),
        weight: 65,
      }),
      ...said({
        text: anyOf(
          [
            /\b(?:missing|no|required|mandatory|undefined|unset|empty|absent)\b[^\n]{0,40}\b(?:environment variables?|env(?:ironment)? ?vars?|settings?|configuration(?: (?:option|key|value|property|item|setting|parameter|section|variable)s?)?|config (?:option|key|value|property|item|parameter|section|entry)s?|propert(?:y|ies)|secret key|api[_ ]?key|credentials? (?:provided|specified|found|configured)|access token|connection string|license key|datasource|database (?:url|name|host))\b/,
            /(?:set|define|specify|provide|configure|supply) (?:the |a |an |your |at least )?[^\n]{0,60}(?:environment variable|env var|in (?:the |your )?(?:environment|configuration|settings|config|\.env))/,
            /must\W{1,3}(?:specify|provide|set|define|supply|configure)\b/,
            /You (?:need to|must|have to) (?:specify|set|provide|define|configure|supply)/,
            /is required but (?:not|was not|is not|missing|none)|[Rr]equired (?:variable|value|key|env)\b[^\n]{0,100}/,
          ],
          'i',
        ),
        unless: anyOf(
          [
            /mismatch|not match|[Nn]o such file|file not found|refused|kubelet|module|using default|warn|no (?:declared|known|matching) /,
            /missing (?:required )?(?:flag|argument|operand)|No config(?:uration)? file|GLIBC|deprecat|is invalid: |Required value/,
          ],
          'i',
        ),
        weight: 61,
      }),
      ...said({
        text: anyOf([
          /Database is uninitialized and (?:superuser )?password/,
          /(?:MYSQL|MARIADB|POSTGRES|MONGO)\w{0,40}_(?:ROOT_)?(?:PASSWORD|USERNAME)\b[^\n]{0,80}(?:not|specify|empty|require)/,
          /You need to specify one of (?:the following|MYSQL|MARIADB)/,
          /must provide (?:at least )?(?:one of|a|an|the)\b/,
          /No [\w -]{2,40}(?:token|key|password|url|host|secret|credentials?) (?:was )?(?:provided|specified|found|set|given|configured)\b/,
          /mandatory (?:setting|parameter|option|property)/,
          /KeyError: ['"](?<variable>[A-Z][A-Z0-9]{1,60}(?:_[A-Z0-9]{1,60}){1,8})['"]/,
          /key not found: :?['"]?(?<variable>[A-Z][A-Z0-9]{1,60}(?:_[A-Z0-9]{1,60}){1,8})/,
          /environ(?:ment)?\[['"]?(?<variable>[A-Z][A-Z0-9_]{2,80})/,
          /Set the (?<variable>[A-Z][A-Z0-9_]{2,80}) environment variable/,
          /ImproperlyConfigured: (?:The SECRET_KEY|Requested setting|Set the)|SECRET_KEY setting must not be empty/,
          /Could not resolve placeholder '(?<variable>[^'\n]{1,100})'|Failed to configure a DataSource: 'url'/,
          /required key (?<variable>[A-Z][A-Z0-9_]{1,80}) missing value|required environment variable/,
          /SRVE\d{1,6}.{0,40}required|missing field `|Field required \[type=missing|[Mm]issing `?secret_key_base/,
          /Missing required env|APP_KEY|No application encryption key|No APP_KEY/,
          /The "(?<variable>[A-Z][A-Z0-9_]{2,60})" environment variable|parameter null or not set/,
          /Value cannot be null\. \(Parameter '\w{0,40}(?:[cC]onnection|[uU]r[il]|[kK]ey|[sS]ecret|[pP]assword|[hH]ost)\w{0,40}'/,
          /: (?<variable>[A-Z][A-Z0-9_]{1,80}): (?:unbound variable|parameter (?:not set|null))/,
          /(?<variable>[A-Z][A-Z0-9_]{1,80}): unbound variable|Environment variable not found: (?<variable>\w{1,80})/,
          /environment variable not found|NotPresent|NoRegionError|You must specify a region|MissingRegion/,
          /Unable to locate credentials|NoCredentialProviders|Could not load the default credentials/,
          /could not find default credentials|no valid providers in chain|unable to load in-cluster configuration/,
          /KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined|stat \/root\/\.kube\/config/,
          /invalid configuration: no configuration has been provided|secretOrPrivateKey must have a value/,
          /API key (?:is )?(?:missing|required|not provided)|api_key client option must be set/,
          /KAFKA_\w{1,60} is required|ALLOW_EMPTY_PASSWORD|client password must be a string/,
          /"?(?<variable>[A-Z][A-Z0-9_]{2,80})"? is (?:required|not set|missing|empty|undefined|unset)\b/,
          /\b(?<variable>[A-Z][A-Z0-9]{0,60}(?:_[A-Z0-9]{1,60}){1,8})\b:? (?:must be set|must be (?:defined|provided|specified)|not (?:set|found|defined|provided|specified|configured)|Required|environment variable|env var)/,
        ]),
        unless: /WARN|not found in cache|warning: |[Mm]ismatch|not match/,
        weight: 67,
      }),
      ...said({ text: errorNames.missingConfiguration, weight: 66 }),
      ...said({
        text: /please (?:set|provide|define|specify|configure|supply)\b/i,
        unless: /flag|argument|file|warn|deprecat|match/i,
        weight: 53,
      }),
      ...said({
        text: anyOf(
          [
            /[\w.$-]{2,80}["'`]? (?:is|are|was|were) (?:not (?:set|configured|specified|defined|provided|assigned)|mandatory|unset)\b/,
            /["'`][\w.$-]{2,80}["'`] (?:is|are) (?:required|missing|empty)\b/,
            /\bno [\w -]{2,40} (?:in (?:the )?(?:config|configuration|settings|environment)|configured|specified|provided|defined|was given)\b/,
            /(?:a|an|the) [\w -]{2,40} must be (?:specified|configured|provided|set|defined|given)\b/,
            /[\w.$-]{2,80}["'`]? (?:must|has to|have to|needs? to) be (?:set|specified|provided|configured|defined|supplied|given)\b/,
            /neither [^\n]{1,80} nor [^\n]{1,80} (?:is |was |were )?(?:provided|set|specified|configured|found|given|supplied)\b/,
            /(?:cannot|can't|could not|unable to|failed to) (?:be )?(?:expand(?:ed)?|substitut\w{1,4}|interpolat\w{1,4})\b|no (?:valid )?licen[sc]e\b/,
            /accept (?:the|this|our) [^\n]{0,40}(?:EULA|licen[sc]e|terms)|(?:EULA|licen[sc]e agreement)\b[^\n]{0,80}\b(?:accept|agree)/,
            /\b(?:key|property|setting|option|variable|parameter|secret)s? \[?["'`]?[\w.-]{2,80}["'`]?\]? (?:is |was )?(?:not found|not present|missing)\b/,
            /expected a valid [A-Z][A-Z0-9_]{2,60} environment|(?:is|was) not assigned|not assigned$/,
          ],
          'i',
        ),
        unless: anyOf(
          [
            /[Nn]o such file|refused|permission|module|library|\bclass\b|column|relation|table|x509|warn|optional|default(?:ing|s)? |using/,
            /flag|--\w|argument|of undefined|undefined \(|method|not defined$|function|attribute|jump|variable or|ready/,
          ],
          'i',
        ),
        weight: 59,
      }),
      ...said({
        text: /\b(?:required|mandatory|not (?:set|provided|specified|configured|supplied|given)|must (?:provide|specify|set|supply)|missing)\b/i,
        unless:
          /file|directory|path|module|librar|version|flag|argument|command|parenthes|operand|import|class|authenticat|permission|connection/i,
        confidence: 'possible',
        weight: 38,
        decisive: true,
      }),
    ],
    explain: (given) => {
      const variable = given.facts['variable']
      const declared = variable === undefined ? undefined : given.spec?.env.find(({ name }) => name === variable)
      const state =
        variable === undefined
          ? ''
          : declared === undefined
            ? ` Its manifest does not set ${variable}${(given.spec?.envFrom.length ?? 0) > 0 ? ' by name; it could only come with envFrom' : ''}.`
            : ` Its manifest does set ${variable}${declared.from === undefined ? '' : ` from ${declared.from}`}: the value is empty, or the program means another name.`
      return `${who(given)} ends because a setting that it needs is absent. ${spoken(given)}: ${cited(given.quote)}.${state}${sourcesOf(given)}${ending(given)}${closing(given, settingsPath)}`
    },
    remedies: (given) => {
      const variable = given.facts['variable'] ?? 'NAME'
      return [
        setVariable(given, 'See which variables the container gets, and from where.', '--list'),
        setVariable(
          given,
          'Set it from a Secret or ConfigMap that holds it (each key becomes a variable).',
          '--from=secret/NAME',
        ),
        ...(variable === 'NAME' ? [] : [setVariable(given, 'Or set it plainly, where it is no secret.', `${variable}=VALUE`)]),
        readPrevious(given),
        ...afterwards(given),
      ]
    },
  },
]

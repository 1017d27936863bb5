import type { Observation } from '../../observation.ts'
import { anyOf } from '../any-of.ts'
import type { Case, Cause, Facts } from '../cause.ts'
import { inNamespace, who } from '../wording.ts'
import {
  afterwards,
  cited,
  closing,
  endOf,
  ending,
  patchContainer,
  patchPod,
  readPrevious,
  setVariable,
  showContainer,
  spoken,
} from './case.ts'
import { said } from './said.ts'

/** The variable that is spoken of. */
const variableOf = ({ facts }: Case) => facts['variable'] ?? facts['name'] ?? facts['key']

/** Where the container's settings come from, so that the reader knows where to look. */
function sourcesOf({ spec }: Case): string {
  const from = [
    ...(spec?.envFrom ?? []),
    ...(spec?.env ?? []).flatMap(({ from: source }) => (source === undefined ? [] : [source.split(' key ')[0] ?? ''])),
  ]
  const mounted = (spec?.mounts ?? []).flatMap(({ volume }) => spec?.facts[`volume:${volume}`] ?? [])
  const all = [...new Set([...from, ...mounted])].filter((source) => /^(?:ConfigMap|Secret)\//.test(source))
  return all.length === 0 ? '' : ` Its settings come from ${all.slice(0, 4).join(', ')}.`
}

/** The variables of a Service `redis` begin with REDIS_; the program reads one of them as its own. */
const linked = (all: Observation): boolean | Facts => {
  const spec = all.evidence.find((e) => e.source === 'spec')
  return spec?.facts['serviceLinks'] !== 'false'
}

const addressIn = ({ facts }: Case) => facts['address'] ?? facts['value']

const settingsPath = /env|args|command|config|volumes|image/

/** What a program is told, or is not told, by its environment, its files and its arguments. */
export const configurations: readonly Cause[] = [
  {
    code: 'ServiceLinkCollision',
    family: 'crash',
    title: 'A variable that Kubernetes injects overrides a setting',
    severity: 'critical',
    meaning:
      'For each Service Kubernetes injects variables such as REDIS_PORT=tcp://10.0.0.1:6379; the program reads one of them as its own setting.',
    knownBy: ['The log complains of a value like tcp://10.96.0.1:6379 where a number is wanted.'],
    clues: said({
      text: /\b(?<variable>[A-Z][A-Z0-9_]{2,80}_PORT)\b[^\n]{0,160}?tcp:\/\/(?<value>[\d.]{7,15}:\d{1,5})|["'`=: (]tcp:\/\/(?<address>\d{1,3}(?:\.\d{1,3}){3}:\d{1,5}|\[[0-9a-f:]{3,45}\]:\d{1,5})/,
      unless:
        /(?:Listening|listening|Connect|connect|dial|endpoint|broker|nats)[^"']{0,60}tcp:\/\/|DOCKER_HOST|refused|timed? ?out/,
      confidence: 'certain',
      weight: 79,
      when: linked,
    }),
    explain: (given) =>
      `${who(given)} reads a variable that Kubernetes itself has set. ${spoken(given)}: ${cited(given.quote)}. A Service in the same namespace makes Kubernetes inject ${variableOf(given) ?? '<NAME>_PORT'}=tcp://${addressIn(given) ?? '...'} into every container, and the program takes that for its own setting of the same name.${ending(given)}${closing(given, settingsPath)}`,
    remedies: (given) => [
      patchPod(given, 'Turn these variables off; hardly any program wants them.', { enableServiceLinks: false }),
      ...(variableOf(given) === undefined
        ? []
        : [
            setVariable(
              given,
              'Or set the variable yourself, which wins.',
              `${variableOf(given) ?? ''}=${addressIn(given)?.split(':').at(-1) ?? 'VALUE'}`,
            ),
          ]),
      { text: 'See which Services inject variables here.', command: `kubectl get services${inNamespace(given)}` },
      ...afterwards(given),
    ],
  },
  {
    code: 'InvalidArguments',
    family: 'crash',
    title: 'The program rejects its arguments',
    severity: 'critical',
    meaning: 'The program rejects a flag, an argument or a subcommand.',
    knownBy: ['The log names an unknown flag, option or command, or prints its usage and ends with exit code 2 or 64.'],
    clues: [
      ...said({
        text: anyOf([
          /flag provided but not defined:? ?(?<flag>\S{1,100})?/,
          /unknown (?:shorthand )?(?:flag|option|command line option|argument|switch|subcommand|long flag|short flag|command)s?\b:?[^\n]{0,3}(?<unknown>["'`]?[^\s"'`]{1,100})?/,
          /[Uu]n(?:recogni[sz]ed|known|expected|supported|defined) (?:VM |JVM |command[- ]line |long |short )?(?:option|argument|flag|parameter|switch|subcommand)s?\b/,
          /error: (?:unrecognized arguments|the following arguments are required|argument \S{1,60}: (?:invalid|expected))/,
          /(?:invalid|illegal|bad|unrecognized|ambiguous) option\b|No such (?:option|command)\b|unexpected argument/,
          /Found argument '|wasn't expected|bad flag syntax|flag needs an argument|option requires an argument/,
          /requires (?:at least|exactly|a) ?\d{0,3} arg|accepts (?:at most |between |\d)[^\n]{0,30}arg\(s\)/,
          /(?:the )?required (?:flag|argument|option)s?(?:\(s\))? [^\n]{0,80}(?:not (?:set|provided)|missing)/,
          /required arguments? were not provided|missing (?:required )?(?:argument|operand|flag|option)/,
          /too (?:many|few) (?:command-line )?arguments|[Uu]nrecognized VM option/,
          /Could not find or load main class -|Error: Unknown (?:command|argument|option)/,
          /invalid argument "[^"\n]{0,200}" for "?-|invalid value "[^"\n]{0,200}" for flag|[Ii]nvalid boolean flag/,
          /unknown command "[^"\n]{1,100}" for "|bad option\b|invalid value '[^'\n]{0,100}' for '/,
          /unexpected arguments|Conflicting collector combinations|Invalid (?:maximum|initial) heap size/,
          /Initial heap size set to a larger|Invalid (?:thread stack size|initial heap|maximum heap)/,
          /invalid (?:command[- ]line )?(?:flag|argument|option)s?\b|[Uu]nable to parse (?:command line|arguments)/,
          /arguments? (?:are|is) (?:not valid|invalid)/,
          /is not a (?:valid )?\S{0,20} ?(?:command|option|flag|argument|subcommand)\b/,
          /error parsing (?:commandline|command line|flags|arguments)|unrecognized command/,
        ]),
        unless: anyOf([
          /redis|ERR unknown command|unknown command.{0,40}(?:reply|redis)|directive|in configuration|config file/,
          /\.ya?ml|\.conf\b|\.toml|module option|kernel|unexpected argument type|Unexpected option in|socket/,
          /setsockopt|Invalid argument: /,
        ]),
        weight: 69,
        confidence: 'certain',
      }),
      ...said({
        text: anyOf([
          /\[ERROR\] \[MY-\d{1,7}\].{0,80}unknown (?:variable|option) ['"]--?|unknown variable '/,
          /unrecognized (?:configuration )?parameter "[^"]{1,100}"|-jar requires jar|invalid argument for '/,
          /(?:ERROR|[Ee]rror):? [^\n]{0,60}(?:unknown|invalid) (?:flag|argument|option)/,
        ]),
        weight: 62,
      }),
      ...said({
        text: /^\s{0,4}[Uu](?:sage|SAGE):\s|^Usage of /,
        unless: /%|[Mm]emory|[Cc]pu|[Dd]isk/,
        confidence: 'likely',
        weight: 44,
        when: (all) => [2, 64, 1, 255].includes(endOf(all)?.exitCode ?? 1),
      }),
      {
        source: 'status',
        confidence: 'possible',
        weight: 18,
        when: ({ state, exitCode }) => (state === 'terminated' || state === 'last') && exitCode === 64,
      },
    ],
    explain: (given) =>
      `${who(given)} rejects how it is called. ${spoken(given)}: ${cited(given.quote)}. ${argumentsOf(given)}${ending(given)} This version of the program does not know the flag or subcommand, it is misspelt, or an argument is missing or stands in the wrong place (one string with spaces is one argument).${closing(given, /args|command|image/)}`,
    remedies: (given) => [
      showContainer(given, 'Read the arguments as the container gets them.'),
      {
        text: 'Ask this very version for what it knows.',
        command: `kubectl run usage --rm -it --restart=Never --image=${given.spec?.image ?? 'IMAGE'}${inNamespace(given)} -- --help`,
      },
      patchContainer(given, 'Correct the arguments.', { args: [...(given.spec?.args ?? ['--the-right-flag'])] }),
      ...afterwards(given),
    ],
  },
  {
    code: 'MissingConfiguration',
    family: 'crash',
    title: 'A required setting is absent',
    severity: 'critical',
    meaning: 'A required environment variable or setting is absent or empty.',
    knownBy: ['The log says that a variable or setting is required, not set or empty.'],
    clues: [
      ...said({
        text: /(?:env(?:ironment)?(?:[ -]?var(?:iable)?)?s?|variable|setting|config(?:uration)?(?: (?:key|option|value|property|parameter|variable))?|property|parameter|secret|key|token|password|credential|url|uri|dsn|host|field|option)s?\b[^\n]{0,100}\b(?:(?:is|are|was|were|has|have) (?:not|n[o']t been|neither) (?:set|defined|provided|specified|configured|found|present|given|exist)|(?:is|are) (?:missing|required|empty|unset|undefined|null|blank|mandatory|not set)|(?:must|needs? to|has to|should) (?:be )?(?:set|defined|provided|specified|configured|present|non-?empty|not be (?:empty|null|blank|undefined))|(?:must|should|may|can) ?not be (?:empty|null|blank|undefined|nil)|not (?:set|defined|provided|specified|configured|found in (?:the )?env\w{0,15})\b|unset\b|missing$|is missing)/i,
        unless: anyOf(
          [
            /[Nn]o such file|file not found|module|library|\bclass\b|column|relation|table|refused|permission|x509/,
            /\.go:\d|warn|deprecat|stack|optional|default(?:ing|s)? |using|argument|flag|--\w|timeout/,
            /Undefined (?:variable|index|offset)|cannot read|of undefined|undefined \(/,
          ],
          'i',
        ),
        weight: 65,
      }),
      ...said({
        text: anyOf(
          [
            /(?:missing|no|required|mandatory|undefined|unset|empty|absent)\b[^\n]{0,40}\b(?:environment variables?|env(?:ironment)? ?vars?|settings?|configuration(?: (?:option|key|value|property|item|setting|parameter|section|variable)s?)?|config (?:option|key|value|property|item|parameter|section|entry)s?|propert(?:y|ies)|secret key|api[_ ]?key|credentials? (?:provided|specified|found|configured)|access token|connection string|license key|datasource|database (?:url|name|host))\b/,
            /(?:set|define|specify|provide|configure|supply) (?:the |a |an |your |at least )?[^\n]{0,60}(?:environment variable|env var|in (?:the |your )?(?:environment|configuration|settings|config|\.env))/,
            /must (?:specify|provide|set|define|supply|configure)\b/,
            /You (?:need to|must|have to) (?:specify|set|provide|define|configure|supply)/,
            /please (?:set|provide|define|specify|configure|supply)\b/,
            /is required but (?:not|was not|is not|missing|none)|[Rr]equired (?:variable|value|key|env)\b[^\n]{0,100}/,
          ],
          'i',
        ),
        unless: anyOf(
          [
            /[Nn]o such file|file not found|refused|kubelet|module|using default|warn/,
            /missing (?:required )?(?:flag|argument|operand)|No config(?:uration)? file|GLIBC|deprecat/,
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
          /KeyError: ['"](?<name>[A-Z][A-Z0-9]{1,60}(?:_[A-Z0-9]{1,60}){1,8})['"]/,
          /environ(?:ment)?\[['"]?(?<key>[A-Z][A-Z0-9_]{2,80})/,
          /Set the (?<variable>[A-Z][A-Z0-9_]{2,80}) environment variable/,
          /ImproperlyConfigured: (?:The SECRET_KEY|Requested setting|Set the)|SECRET_KEY setting must not be empty/,
          /Could not resolve placeholder '(?<placeholder>[^'\n]{1,100})'|Failed to configure a DataSource: 'url'/,
          /required key (?<required>[A-Z][A-Z0-9_]{1,80}) missing value|required environment variable/,
          /SRVE\d{1,6}.{0,40}required|missing field `|Field required \[type=missing|[Mm]issing `?secret_key_base/,
          /Missing required env|APP_KEY|No application encryption key|No APP_KEY/,
          /The "(?<url>[A-Z][A-Z0-9_]{2,60})" environment variable|parameter null or not set/,
          /Value cannot be null\. \(Parameter '\w{0,40}(?:[cC]onnection|[uU]r[il]|[kK]ey|[sS]ecret|[pP]assword|[hH]ost)\w{0,40}'/,
          /: (?<unset>[A-Z][A-Z0-9_]{1,80}): (?:unbound variable|parameter (?:not set|null))/,
          /(?<unbound>[A-Z][A-Z0-9_]{1,80}): unbound variable|Environment variable not found: (?<prisma>\w{1,80})/,
          /environment variable not found|NotPresent|NoRegionError|You must specify a region|MissingRegion/,
          /Unable to locate credentials|NoCredentialProviders|Could not load the default credentials/,
          /could not find default credentials|no valid providers in chain|unable to load in-cluster configuration/,
          /KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined|stat \/root\/\.kube\/config/,
          /invalid configuration: no configuration has been provided|secretOrPrivateKey must have a value/,
          /API key (?:is )?(?:missing|required|not provided)|api_key client option must be set/,
          /KAFKA_\w{1,60} is required|ALLOW_EMPTY_PASSWORD|client password must be a string/,
          /"?(?<zod>[A-Z][A-Z0-9_]{2,80})"? is (?:required|not set|missing|empty|undefined|unset)\b/,
          /\b(?<joi>[A-Z][A-Z0-9]{0,60}(?:_[A-Z0-9]{1,60}){1,8})\b:? (?:must be set|must be (?:defined|provided|specified)|not (?:set|found|defined|provided|specified|configured)|Required|environment variable|env var)/,
        ]),
        unless: /WARN|not found in cache|warning: /,
        weight: 67,
      }),
    ],
    explain: (given) => {
      const variable = Object.entries(given.facts).find(([key, value]) => missingGroups.has(key) && value !== '')?.[1]
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
      const variable = Object.entries(given.facts).find(([key]) => missingGroups.has(key))?.[1] ?? 'NAME'
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
  {
    code: 'InvalidConfiguration',
    family: 'crash',
    title: 'A setting is present and wrong',
    severity: 'critical',
    meaning: 'A configuration value or file is present but wrong: it cannot be parsed, or a value or key is not accepted.',
    knownBy: ['The log names a parse error, an unknown key or directive, or a value that is not accepted.'],
    clues: [
      ...said({
        text: anyOf([
          /yaml: (?:line \d|unmarshal|did not|mapping|could not|control|found|invalid|unknown)/,
          /error (?:un)?marshall?ing|cannot unmarshal|could not find expected|mapping values are not allowed/,
          /field \S{1,80} not found in type|did not find expected|YAMLException|ConfigError/,
          /[Uu]nknown (?:output|input|filter) plugin|\[config\]|parsing config: |unknown variable '/,
          /unrecognized configuration parameter|configuration file "[^"\n]{1,200}" contains errors/,
          /yaml\.(?:scanner|parser|YAML)|ScannerError|ParserError|YAML(?:::| syntax| parse)|toml: |TOML parse/,
          /TomlDecodeError|invalid character '.{1,6}' (?:looking|after|in)/,
          /Unexpected (?:token|end|character|string|number)[^\n]{0,120}JSON|Unexpected end of JSON|JSONDecodeError/,
          /JsonParseException|JsonMappingException|MismatchedInputException|InvalidFormatException/,
          /json: (?:cannot|unknown field|unsupported)|not valid JSON|Expecting (?:property name|value|',')/,
          /SyntaxError: .{0,60}JSON/,
          /\[emerg\].{0,60}(?:unknown|invalid|unexpected|duplicate|directive|host not|"\S{1,60}" directive|no "|conflicting|too long|could not build|a duplicate|zero size)/,
          /nginx: configuration file|unknown directive|directive is not (?:allowed|terminated)/,
          /Invalid command '\S{1,80}', perhaps misspelled|AH\d{5}: (?:Syntax|Invalid|Cannot)|Syntax error on line/,
          /[Pp]arsing \[?\S{1,200}:\d{1,6}\]?|Error during parsing|Bad directive|FATAL CONFIG(?: FILE)? ERROR/,
          /Fatal Error.{0,20}config|Bad configuration|Wrong (?:configuration|config)/,
        ]),
        unless:
          /response body|HTTP|refused|unexpected end of file.{0,40}(?:\.sh|bash)|host not found in upstream|[Nn]o such file|Not Found/,
        confidence: 'certain',
        weight: 63,
      }),
      ...said({
        text: anyOf(
          [
            /(?:in|of|from|read(?:ing)?|pars(?:e|ing)|load(?:ing)?|decod(?:e|ing)|process(?:ing)?|valid(?:ate|ating)|init(?:ializing)?|apply(?:ing)?|unmarshal(?:ling)?)\s(?:the |your |its |application |server |our |local |user )?(?:configuration|config|settings?)\b[^\n]{0,200}(?:fail|error|invalid|unknown|unexpected|cannot|could not|unable|malformed|bad|wrong)/,
            /(?:configuration|config|settings?)\b[^\n]{0,60}(?:is |are |was )?(?:invalid|not valid|malformed|incorrect|wrong|corrupt|unparsable|rejected|failed|error)/,
            /(?:invalid|incorrect|malformed|bad|wrong|illegal|unsupported|unknown|unrecogni[sz]ed|unexpected|duplicate|conflicting)\b[^\n]{0,50}\b(?:configuration|config|settings?|propert(?:y|ies)|directive|env(?:ironment)? ?var(?:iable)?s?|options? in|parameter|key in|field in|port|url|uri|dsn|scheme|connection string|log level|duration|address|hostname|value|format|regex(?:p|ular)?|expression|cron|boolean|number|integer|cidr|base64|database name|driver|storage|region|endpoint|certificate|private key|pem|mode|protocol|timezone|locale|encoding|type for|section|yaml|json|toml|template)\b/,
            /(?:fail(?:ed|ure)?|error|unable|cannot|could not|can't)\b[^\n]{0,30}\b(?:parse|parsing|decode|decoding|unmarshal|deserialize|load(?:ing)?|read(?:ing)?|validat\w{1,5}|interpret|convert)\b[^\n]{0,120}(?:config|setting|yaml|json|toml|url|uri|propert|env|value|flag|variable|duration|address|template|key|cert|dsn|conf\b|file|int|bool|number|rule|polic)/,
          ],
          'i',
        ),
        unless: anyOf(
          [
            /[Nn]o such file|not found|permission denied|EACCES|refused|no such host|timed? ?out|unauthori|forbidden/,
            /denied|response|symbol|lookup|[Cc]annot read propert|undefined|libr|\bmodule\b|corrupt|checksum|warn/,
            /address already|magic number|memory/,
          ],
          'i',
        ),
        weight: 58,
      }),
      ...said({
        text: anyOf(
          [
            /ERR_INVALID_URL|Invalid URL|invalid (?:port|URL escape|control character in URL)/,
            /first path segment in URL cannot contain colon|missing protocol scheme|unsupported protocol scheme/,
            /unknown (?:url type|scheme|driver|dialect)|Could not parse (?:SQLAlchemy|rfc1738)|No suitable driver/,
            /ERR_SOCKET_BAD_PORT|Port should be|ports? must be (?:within|between)|port out of range|[Oo]ut of range/,
            /must be (?:one of|a (?:valid|number|string|positive|boolean|integer|port|URL)|an? (?:integer|absolute)|greater|less|at least|between|positive|of type|within|in (?:the )?range|either|in the form(?:at)?)/,
            /is not (?:a )?(?:valid|supported|allowed|a number|an? (?:integer|allowed|acceptable)|one of)/,
            /strconv\.\w{1,20}: parsing|parsing time "|time: (?:invalid|unknown|missing) (?:duration|unit)/,
            /invalid duration|invalid literal for int|could not convert string to float|NumberFormatException/,
            /No enum constant|For input string|ValueError: invalid/,
            /IllegalArgumentException: (?:Invalid|Unsupported|Unknown|URL|Illegal)|InvalidConfigurationException/,
            /ConfigException|BindException.{0,40}Failed to bind properties|Failed to bind properties/,
            /ConfigurationPropert\w{1,40}Exception|ConversionFailedException|Failed to convert (?:value|property)/,
            /Invalid value|invalid value for/,
            /[Uu]nknown (?:key|field|property|setting|variable|configuration|storage|backend|plugin|log level|parameter|section|field name|server)/,
            /unrecognized (?:name|configuration|key|field|log level|setting|property)|loop detected/,
            /Loop .{0,40}detected/,
            /(?:deprecated|removed|no longer supported|obsolete)\b.{0,80}(?:option|config|setting|flag|please)/,
            /Unknown setting \[|unknown setting|node validation exception|bootstrap check|max virtual memory areas/,
            /PEM (?:routines|lib|data)|no start line|bad decrypt|tls: (?:failed to find|private key)/,
            /private key does not match|x509: (?:malformed|invalid)|key values mismatch/,
            /Invalid (?:base64|PEM|cron|regex|schedule|key)|illegal base64|Incorrect padding|error parsing regexp/,
            /missing closing|template: \S{1,200}:\d{1,6}|TemplateSyntaxError|(?:bad|invalid) (?:timezone|locale)/,
            /(?:schema|config(?:uration)?) validation (?:failed|error)|ValidationError|Validation failed/,
            /validation error|(?:not|isn't) (?:a )?supported (?:any ?more|value|version|by)/,
            /(?:conflict|mutually exclusive|cannot be used together|both .{0,60} and .{0,60} (?:are|cannot))/,
            /misconfigur|cannot assign requested address|EADDRNOTAVAIL|feature ?gate|ImproperlyConfigured/,
            /AirflowConfigException|decod(?:e|ing) configuration|couldn't (?:parse|load|read) config/,
            /no route found for|unsupported (?:value|type|driver|database)|needs to be (?:at least|a )/,
          ],
          'i',
        ),
        unless: anyOf(
          [
            /[Nn]o such file|permission denied|EACCES|refused|no such host|response|index out of range|list index/,
            /slice bounds|tcp:\/\/\d|GLIBC|raft|tocommit|undefined method|NullPointer|commit.{0,30}out of range/,
            /warning: |HTTP\/|mmap/,
          ],
          'i',
        ),
        weight: 57,
      }),
      ...said({ text: /exit(?:ed)? .{0,30}78\b|config(?:uration)? error|Configuration Error|Misconfiguration/i, weight: 45 }),
      {
        source: 'status',
        confidence: 'possible',
        weight: 18,
        when: ({ state, exitCode }) => (state === 'terminated' || state === 'last') && exitCode === 78,
      },
    ],
    explain: (given) =>
      `${who(given)} does not accept its configuration. ${spoken(given)}: ${cited(given.quote)}.${sourcesOf(given)}${ending(given)} The value or file is there and is wrong; restarting does not help.${closing(given, settingsPath)}`,
    remedies: (given) => {
      const source = (given.spec?.mounts ?? [])
        .flatMap(({ volume }) => given.spec?.facts[`volume:${volume}`] ?? [])
        .find((from) => from.startsWith('ConfigMap/'))
      const fromMap = source ?? given.spec?.envFrom.find((from) => from.startsWith('ConfigMap/'))
      return [
        ...(fromMap === undefined
          ? []
          : [
              {
                text: 'Read the configuration that it gets.',
                command: `kubectl get configmap ${fromMap.slice('ConfigMap/'.length)}${inNamespace(given)} -o yaml`,
              },
            ]),
        setVariable(given, 'See which variables the container gets, and from where.', '--list'),
        readPrevious(given, 'Read the whole message: it often names file and line.'),
        ...(fromMap === undefined
          ? []
          : [
              {
                text: 'Correct it; pods read it anew when they are replaced.',
                command: `kubectl edit configmap ${fromMap.slice('ConfigMap/'.length)}${inNamespace(given)}`,
              },
            ]),
        ...afterwards(given),
      ]
    },
  },
]

const missingGroups = new Set([
  'name',
  'key',
  'variable',
  'required',
  'url',
  'unset',
  'unbound',
  'prisma',
  'zod',
  'joi',
  'placeholder',
])

const argumentsOf = ({ spec }: Case): string => {
  const words = [...(spec?.command ?? []), ...(spec?.args ?? [])]
  return words.length === 0
    ? 'The manifest gives none, so they are those of the image.'
    : `The manifest calls it with: ${words.join(' ').slice(0, 240)}.`
}

import { anyOf } from '../any-of.ts'
import type { Cause } from '../cause.ts'
import { inNamespace, who } from '../wording.ts'
import { settingsPath, sourcesOf, afterwards, cited, closing, ending, readPrevious, setVariable, spoken } from './case.ts'
import { said } from './said.ts'
import { errorNames } from './vocabulary.ts'

/** Settings that a program gets and does not accept. */
export const invalidConfigurations: readonly Cause[] = [
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
          /while (?:scanning|parsing) (?:for )?(?:the |a |an )?(?:next token|block|flow|simple key|quoted|anchor|node)|cannot start any token/,
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
            /denied|response|symbol|lookup|[Cc]annot read propert|(?:is|of) undefined|undefined (?:method|symbol|reference)|libr|\bmodule\b|corrupt|checksum|warn/,
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
      ...said({
        text: anyOf(
          [
            /is invalid: \S{1,200}: (?:Required|Invalid|Unsupported|Forbidden|Duplicate) value|requirement failed: |expected (?:an? |the )?[^\n]{1,60}?,? (?:but )?(?:got|found|was|received|instead)\b/,
            /mismatch(?:ing|ed)? (?:\w{1,20} )?(?:keys?|values?|names?|settings?|types?|options?)|do(?:es)? ?n[o']t match (?:the |its |that |any )?(?:\w{1,40} )?(?:env|variable|certificate|key|setting|config|option|pattern|format|expected)/,
            /undefined (?:receiver|variable in|template|reference to|route|service|upstream|section|key)|unknown variant|(?:below|under|above|over) the (?:minimum|maximum|limit|allowed)/,
            /asn1: |\bpem: |failed to parse (?:the )?(?:private|public|certificate|rsa|ec) ?key|unknown parameter/,
            /requires? [\w./-]{2,60} to be (?:set|enabled|disabled|at least)|\b(?:is|are) set to ['"`]\S{1,60}['"`]/,
            /expected one of\b|at line \d{1,6},? col(?:umn)? \d|\bno (?:factory|handler|provider|implementation|plugin|driver|parser) (?:for|named|called|found for|registered)\b/,
            /unknown port|lookup (?:tcp|udp)\/|too many colons|missing port in address|invalid (?:suffix|prefix|unit|size|quantity)/,
            /(?:can|could|may|must|should) ?not (?:be )?(?:used?|combined?|mixed?|set|enabled?|disabled?) (?:with|together|without|when|the|for|both|at)/,
            /(?:is|are) not (?:allowed|permitted|supported|recogni[sz]ed|understood|compatible|a known|known) (?:in|for|by|with|here|value|at|as|when|option)?/,
            /(?:is larger|is greater|is smaller|is less|exceeds|too (?:large|small|long|short|low|high|big))\b[^\n]{0,80}(?:than|maximum|minimum|limit|allowed|increase|decreas|reduc|at least)/,
            /unknown (?:type|kind|module|exporter|receiver|processor|component|keyword|entry|command line|format|dialect|engine|level|mode|provider|policy|feature|element|tag|attribute|name|identifier|symbol in)\b/,
            /(?:unrecogni[sz]ed|unsupported|undeclared|unexpected|duplicate|duplicated|conflicting|invalid|illegal|malformed) (?:directive|keyword|entry|element|tag|attribute|character|token|definition|top-level|config|syntax|suffix)/,
            /(?:no|not a?n?) (?:declared|known|registered|matching|valid|ip address) (?:setting|option|property|type|plugin|driver|provider|parser|handler|or file)/,
            /couldn't find any \w{1,20} plugin|(?:contains?|found|has) (?:\d{1,4} )?(?:syntax |configuration |config |unknown |fatal )?(?:errors?|fields)\b[^\n]{0,40}(?:config|file|abort|$)/,
            /parse[_ -]error|syntax[_ -]error in|parser error|not well-formed|tags must match|not_json|unexpected (?:eof|top-level|end of)/,
            /length should be at least|(?:key|secret|password|token)\b[^\n]{0,40}(?:too short|must be at least|at least \d)/,
            /refus(?:ed|es|ing) to (?:start|run|boot)|insecure (?:default|secret|key|configuration|password|setting)/,
            /(?:can't|cannot|could not|unable to|failed to) (?:load|find|create|instantiate|resolve|locate) (?:\w{1,20} )?(?:plugin|driver|dialect|provider|backend|engine|exporter|handler|adapter|codec)\b/,
            /(?:was|were|is) not used\b|needs to contain|(?:can only|must) (?:contain|start|end|begin|consist|match)/,
            /keystore password was incorrect|bad key is used during decryption|password was incorrect|not properly padded/,
          ],
          'i',
        ),
        unless: anyOf(
          [
            /[Nn]o such file|permission denied|refused|no such host|unauthori|forbidden|timed? ?out|warn|(?:out of|allocate) memory|corrupt|print|cannot read propert/,
            /snapshot|lock|checksum|database files|version \d|page|raft|wal\b|downgrad|feature flag|before upgrading/,
          ],
          'i',
        ),
        weight: 55,
      }),
      ...said({ text: errorNames.invalidConfiguration, unless: /response|HTTP|corrupt|refused|not found/i, weight: 53 }),
      ...said({
        text: /\b(?:invalid|illegal|malformed|unknown|unrecogni[sz]ed|unsupported|unexpected|incorrect|mismatched|wrong|bad)\b|(?:fail(?:ed|ure)?|error|unable|cannot|could not) (?:to )?(?:pars|load|read|decod|interpret|appl|process)|\bmust be\b|\bshould be\b|not supported|unsupported|not (?:a )?valid\b/i,
        unless:
          /exception|error:? (?:unknown|null)|operand|undefined|memory|NoneType|unexpected (?:error|exception|eof|condition|response)|opcode|state\b|unknown (?:error|reason|host)|HTTP|response/i,
        confidence: 'possible',
        weight: 37,
        decisive: true,
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

/** Words that end the name of a secret: DB_PASSWORD, client-secret, apiKey, "auth" in a docker config. */
const names = [
  'pass(?:word|wd|phrase|code)?',
  'passwort',
  'mot_?de_?passe',
  'pwd',
  'pgpassword',
  'requirepass',
  'masterauth',
  '(?:client|app|application|consumer|shared|signing|webhook|cookie|session|jwt|encryption|hmac|oauth|bot|access|aws)[_.-]?secret',
  'secret[_.-]?(?:access[_.-]?)?key(?:[_.-]?base)?',
  'secret[_.-]?(?:value|token|id|string)',
  '(?:api|app|access|account|private|client|encryption|signing|master|license|shared[_.-]?access|storage|service|subscription|auth|admin|session|cipher|server)[_.-]?key(?:[_.-]?data)?',
  '(?:access|auth|refresh|id|api|bearer|session|security|registry|identity|personal|csrf|xsrf|bot|user|deploy|service|admin|vault|github|gitlab|npm|slack|oauth|login|bootstrap|join|push|verification)[_.-]?token',
  '_auth(?:token)?',
  'authtoken',
  'token',
  'credentials?',
  'secret',
  'x-amz-(?:signature|credential|security-token)',
  'x-goog-(?:signature|credential)',
  'sig',
  'sas',
  'dockerconfigjson',
  'connection[_.-]?string',
]

/**
 * A name, an optional closing quote, "=" or ":", and a value. Backslashes stand before quotes inside of JSON inside of JSON.
 * The name may have anything before it (SPRING_DATASOURCE_PASSWORD), and nothing after it (PASSWORD_FILE holds a path).
 */
const assignment = new RegExp(
  String.raw`(?<![A-Za-z0-9])((?:[A-Za-z0-9]{1,40}[_.-]){0,6}[A-Za-z0-9]{0,30}?(?:${names.join('|')}))(\\{0,3}["'\x60]?[ \t]{0,4}(?::=|=>|[=:])[ \t]{0,4})` +
    String.raw`(?:(\\{0,3}["'\x60])([^"'\x60\\\n]{1,1024})|((?:Bearer|Basic|Token|Digest)[ \t]+)?([^\s"'\x60,;&<>()\]}\\]{1,2048}))`,
  'gi',
)

/** `--password hunter2`, `-password hunter2`, `requirepass hunter2`, `login me password hunter2`. */
const flag =
  /((?<![\w-])--?(?:[a-z0-9]{1,20}-){0,4}(?:password|passwd|passphrase|secret|token|api-?key|secret-key|access-key|client-secret|pass)[ \t]{1,4}|(?<![\w-])(?:requirepass|masterauth|login [\w.@-]{1,64} password)[ \t]{1,4})(?!-)(["']?)([^\s"']{1,1024})/gi

/** What stands where a secret would, and is none: placeholders, references to variables, values that are masked already. */
const placeholder =
  /^(?:<[^<>]{0,80}>?|\*+|x{3,}|\.{2,}|\$\{[\w.:-]{0,80}\}?|\$\([\w.-]{0,80}\)?|\$[A-Z_][A-Z0-9_]*|%[sdqvr]|\{\{.*|\{|\[|\[?(?:masked|redacted|hidden|filtered|removed|sensitive)\]?|\[(?:masked|redacted|hidden|filtered|removed|sensitive).*)$/i
/** Verdicts that programs write with "=" as well as with ":". */
const verdict =
  /^\(?(?:null|nil|none|undefined|empty|true|false|yes|no|ok|set|unset|not|missing|invalid|expired|required?|rejected|denied|wrong|incorrect|unknown|string|disabled|enabled|provided|revoked)\)?[.:;!]?$/i
/** Words that go on with a sentence after "password:" and the like. */
const sentence =
  /^(?:is|was|has|must|cannot|could|should|can|will|would|may|valid|failed|failure|error|errors|mismatch|unauthorized|forbidden|authentication|authorization|bearer|basic|str|int|bytes|optional|default|changed|rotated|found|exists?|accepted|updated|file|env|environment|vault|for|from|in|of|to|and|or|the|a|an|on|off|unable|permission|access|verification|validation|parse|parsing|unexpected|illegal|malformed|too|request|refresh|open|dial|read|context|http|https|rpc|secrets?|token|password|key|user|username|data|value|name|type|object|field|this|that|it|your|please|check|expected|got|no)[.:;!]?$/i

/** Names that often stand before a name of something and not before a secret: a Kubernetes Secret, a parser's token. */
const ambiguous =
  /(?:^|[_.-])(?:token|credentials?|sig|sas|pass)$|^(?!.*(?:client|app|application|consumer|shared|signing|webhook|cookie|session|jwt|encryption|hmac|oauth|bot|access|aws)[_.-]?secret$).*secret$/i

const isMixed = (value: string) => /\d/.test(value) && /[A-Za-z]/.test(value)
const isPath = (value: string) => /^(?:\.{0,2}\/|[A-Za-z]:\\)[\w./\\@-]*$/.test(value) && !/[+=]/.test(value)
const isName = (value: string) => /^[a-z]+(?:[-./][a-z0-9]+)*$/.test(value)
const isNumber = (value: string) => /^\d{1,5}(?:\.\d+)?(?:ms|s|m|h|%)?$/.test(value)

function isSecret(name: string, separator: string, value: string, after: string): boolean {
  const isStrong = separator.includes('=') || /["'`]/.test(separator)
  if (placeholder.test(value) || verdict.test(value) || isPath(value) || (!isStrong && sentence.test(value))) return false
  const trimmed = name.toLowerCase()
  if (/(?:by|com)pass$/.test(trimmed)) return false
  if (!ambiguous.test(name)) return isStrong || isMixed(value) || !/^[ \t]+[a-z]+\b/.test(after) || /[^A-Za-z]/.test(value)
  if (/(?:^|[_.-])pass$/i.test(name))
    return isMixed(value) || (separator.includes('=') && !isNumber(value) && !/^[ \t]+[a-z]/.test(after) && name.length > 4)
  // Names of Kubernetes objects, key ids and counts follow these words too.
  if (/secret$|credentials?$/i.test(name))
    return !isName(value) && !/^[a-z0-9]+(?:[-./][a-z0-9]+)*$/.test(value)
      ? value.length >= 8 && isMixed(value)
      : value.length >= 20 && isMixed(value) && !/[-./]/.test(value)
  if (/sig$|sas$/i.test(name)) return value.length >= 16 && isMixed(value)
  return value.length >= 6 && !isNumber(value) && !isName(value)
}

/** Masks the values of everything that is called a secret. */
export function maskAssignments(text: string, masked: string): string {
  return text
    .replace(
      assignment,
      (
        whole: string,
        name: string,
        separator: string,
        quote: string | undefined,
        quoted: string | undefined,
        scheme: string | undefined,
        bare: string | undefined,
        at: number,
      ) => {
        const value = quoted ?? bare ?? ''
        const given = quote !== undefined ? `${separator}"` : separator
        if (!isSecret(name, given, value, text.slice(at + whole.length, at + whole.length + 24))) return whole
        return `${name}${separator}${quote ?? ''}${scheme ?? ''}${masked}`
      },
    )
    .replace(flag, (whole: string, before: string, quote: string, value: string) =>
      placeholder.test(value) || verdict.test(value) || sentence.test(value) || isPath(value)
        ? whole
        : `${before}${quote}${masked}`,
    )
}

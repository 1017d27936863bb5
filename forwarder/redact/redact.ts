import { RE2JS } from 're2js'
import { maskAssignments } from './assignments.ts'
import { tokenShapes } from './tokens.ts'

export interface RedactOptions {
  readonly emails?: boolean
  readonly addresses?: boolean
  /** Regular expressions of RE2, which has no backtracking: a pattern that somebody gives cannot hold the forwarder up. */
  readonly patterns?: readonly string[]
}

export type Redact = (text: string) => string

const masked = '[masked]'

/** Nearly every text has none of these, and is left alone after one look. */
const hint =
  /pass|pwd|secret|token|key|auth|credential|cookie|bearer|basic|identified|connection|sig=|sas=|:\/\/|@(?:tcp|unix|udp)\(|-----BEGIN|eyJ|AKIA|ASIA|ABIA|ACCA|IQoJ|F[wQ]oG|ABSK|AIza|ya29|GOCSPX|1\/\/0|\dQ~|gh[pousr]_|github_pat_|gl[a-z]+[-_]|xox|xapp-|[rs]k_(?:live|test)|whsec_|SG\.|SK[0-9a-f]|-us\d|npm_|pypi-|rubygems_|cio|dckr_|sk-|hf_|do[opr]_v1|dapi|hv[sbr]\.|\bs\.|NRAK|shp|sq0|:AA|ATATT|PMAK|lin_|atlasv1|pul-|dp\.|ops_|sntr|pscale|AGE-|mysql|\s-u\s|--user/i

const keyBlock =
  /(-----BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----)([\s\S]{0,16384}?)(?:(-----END (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----)|$)/g

/** scheme://user:password@host; a port and a digest ("registry:5000/app@sha256:…") look alike. */
const userInfo =
  /(\b[a-z][a-z0-9+.-]{1,30}:\/\/[^\s:/@?#"'<>]{0,128}):(?!\d{1,5}\/)([^\s"'<>@]{1,512}(?:@[^\s"'<>@/]{1,128})??)@(?=[\w[.(*-])/gi
const tokenInfo = /(\bhttps?:\/\/)([^\s:/@?#"'<>]{20,512})@(?=[\w[])/gi
const dsn = /((?:^|[\s"'=`(])[\w.-]{1,64}):([^\s@"'`]{1,256})@(?=(?:tcp|unix|udp)\()/g
const header =
  /(\b(?:proxy-)?authorization\\{0,3}["']?[ \t]*[:=][ \t]*\[?\\{0,3}["']?)((?:[A-Za-z][\w-]{2,20}[ \t]+)?)([^\s"'\\,\]}]{4,4096})/gi
const bearer = /(\bbearer[ \t]+)(?=[\w.~+/=-]{0,200}\d)([\w.~+/=-]{12,4096})/gi
const basic = /(\bbasic[ \t]+)([A-Za-z0-9+/]{6,1024}={0,2})(?![A-Za-z0-9+/=])/gi
const cookie = /(\b(?:set-)?cookie\\{0,3}["']?[ \t]*[:=][ \t]*\\{0,3}["']?)([^\n"'\\]{3,4096})/gi
const clientKey = /(\bclient-key-data\\{0,3}["']?[ \t]*:[ \t]*\\{0,3}["']?)([A-Za-z0-9+/=]{16,8192})/gi
const dockerAuth =
  /(\\{0,3}["'](?:auth|identitytoken|registrytoken|\.dockerconfigjson)\\{0,3}["'][ \t]*:[ \t]*\\{0,3}["'])([A-Za-z0-9+/=_.-]{4,8192})/g
const sql = /(\b(?:identified(?: with [\w]{1,40})? by|password)[ \t]+)('[^'\n]{1,256}'|"[^"\n]{1,256}")/gi
const curlUser = /((?<!\S)(?:-u|--user)[ \t=]{1,3}["']?[\w.@-]{1,64}):([^\s"']{1,256})/g
const mysqlFlag =
  /(\b(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump|sshpass)\b[^\n|;]{0,200}?[ \t]-p)(?![ \t]|ort)([^\s]{1,256})/g
const sshpass = /(\bsshpass[ \t]+-p[ \t]+)([^\s]{1,256})/g
const query =
  /([?&](?:sig|se?cret|access_token|api_?key|key|token|password|pass|pwd|auth|signature|code|X-Amz-(?:Signature|Credential|Security-Token)|X-Goog-(?:Signature|Credential))=)([^\s&"'<>#]{4,4096})/gi
const email = /\b[A-Za-z0-9][\w.+-]{0,63}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.){1,8}[A-Za-z]{2,24}\b/g
const ipv4 = /(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w]|\.\d)/g
const ipv6 =
  /(?<![\w:.])(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){7}|(?=[0-9a-f:]{4,39}(?![\w:]))(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,6})?::(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,6})?)(?![\w:])/gi

/** Gives the function that masks secrets in a text and leaves the rest as it is. */
export function redaction(options: RedactOptions = {}): Redact {
  const own = (options.patterns ?? []).map((pattern) => RE2JS.compile(pattern))
  return (text) => {
    let result = hint.test(text) ? maskKnown(text) : text
    if (options.emails === true) result = result.replace(email, '[e-mail]')
    if (options.addresses === true) result = result.replace(ipv4, '[address]').replace(ipv6, '[address]')
    for (const pattern of own) result = pattern.matcher(result).replaceAll(masked)
    return result
  }
}

function maskKnown(text: string): string {
  let result = text.replace(keyBlock, (_whole, begin: string, body: string, end: string | undefined) =>
    end === undefined ? `${begin}${maskKeyLines(body)}` : `${begin}${masked}${end}`,
  )
  result = result
    .replace(userInfo, `$1:${masked}@`)
    .replace(tokenInfo, `$1${masked}@`)
    .replace(dsn, `$1:${masked}@`)
    .replace(header, (whole: string, name: string, scheme: string, value: string) =>
      isCredential(scheme.trim(), value) ? `${name}${scheme}${masked}` : whole,
    )
    .replace(bearer, `$1${masked}`)
    .replace(basic, (whole: string, scheme: string, value: string) => (isBasic(value) ? `${scheme}${masked}` : whole))
    .replace(cookie, (_whole, name: string, value: string) => `${name}${value.replace(/=[^;\s]+/g, `=${masked}`)}`)
    .replace(clientKey, `$1${masked}`)
    .replace(dockerAuth, `$1${masked}`)
    .replace(sql, (_whole, before: string, value: string) => `${before}${value[0]}${masked}${value[0]}`)
    .replace(curlUser, `$1:${masked}`)
    .replace(sshpass, `$1${masked}`)
    .replace(mysqlFlag, `$1${masked}`)
    .replace(query, `$1${masked}`)
  for (const [, pattern] of tokenShapes) result = result.replace(pattern, masked)
  return maskAssignments(result, masked)
}

/** A key whose end was cut off: its lines are masked as far as they look like a key's. */
const maskKeyLines = (body: string) => body.replace(/^[A-Za-z0-9+/=]{16,}|(?<=\\n|\n)[A-Za-z0-9+/=]{2,}/g, masked)

const schemes = /^(?:basic|bearer|token|digest|apikey|negotiate|ntlm|hawk|oauth|key|aws4-hmac-sha256|sharedaccesssignature)$/i

/** What follows "Authorization:" in a header, and not in a sentence. */
const isCredential = (scheme: string, value: string) =>
  schemes.test(scheme) ? /[\d._+/=-]/.test(value) || value.length > 20 : scheme === '' && value.length >= 12 && /\d/.test(value)

/** base64 of "user:password". */
function isBasic(value: string): boolean {
  const decoded = Buffer.from(value, 'base64').toString('latin1')
  return decoded.includes(':') && /^[\x20-\x7e]+$/.test(decoded)
}

/** Masks secrets in every text of a value, and the literal values given. */
export function redactDeep<T>(value: T, redact: Redact, literals: readonly string[] = []): T {
  const mask = (text: string) => {
    let result = redact(text)
    for (const literal of literals) if (result.includes(literal)) result = result.replaceAll(literal, masked)
    return result
  }
  const walk = (part: unknown): unknown => {
    if (typeof part === 'string') return part.length < 6 ? part : mask(part)
    if (Array.isArray(part)) return part.map(walk)
    if (typeof part !== 'object' || part === null) return part
    return Object.fromEntries(Object.entries(part).map(([name, inner]) => [name, identifying.has(name) ? inner : walk(inner)]))
  }
  return walk(value) as T
}

/** What names an object is needed as it is, and Kubernetes keeps secrets out of it. */
const identifying = new Set([
  'name',
  'namespace',
  'uid',
  'kind',
  'apiVersion',
  'nodeName',
  'creationTimestamp',
  'image',
  'imageID',
  'ownerReferences',
  'labels',
  'managedFields',
  'mountPath',
])

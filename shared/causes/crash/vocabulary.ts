import { anyOf } from '../any-of.ts'

/** The name of an error ends here: a frame of a stack trace goes on with a method. */
const ends = '(?=[:;,)\\]"\']|$| \\(| \\[)'

const classOf = (stems: string): RegExp =>
  new RegExp(String.raw`\b\w{0,60}(?:${stems})\w{0,40}(?:Error|Exception|Failure|Failed|Refused)${ends}`)

/**
 * What errors are called, in the standard libraries and frameworks of many languages, and the numbers and names that the
 * operating system gives them: whoever wrote a program, its errors mostly have one of these names.
 */
export const errorNames = {
  missingFile: anyOf([
    classOf('FileNot|NoSuchFile|PathNot|DirectoryNot|ResourceNot|TemplateNot|ModuleNot|GemNot|PackageNot|LoadError'),
    /Bundler::GemNotFound|\(os error 2\)|kind: NotFound|\[Errno 2\]|\berrno:? ?-?2\b|\benoent\b|\{error, ?enoent\}/,
  ]),
  permission: anyOf([
    classOf('PermissionError|FilePermission|ReadOnlyFileSystem|UnauthorizedAccess'),
    /\(os error (?:1|13|30)\)|kind: (?:PermissionDenied|ReadOnlyFilesystem)|\b(?:eacces|eperm|erofs)\b/,
  ]),
  portInUse: anyOf([/\(os error 98\)|kind: AddrInUse|\beaddrinuse\b|AddressInUse|AddrInUse/]),
  unreachable: anyOf([
    classOf(
      'Connect|Socket|Network|Timeout|TimedOut|Unreachable|Unavailable|UnknownHost|NotAvailable|ServerSelection|NoRoute|Transport|DeadlineExceeded|ConnectionClosed',
    ),
    /\(os error (?:11[0135]|10[0134])\)|kind: (?:ConnectionRefused|ConnectionReset|TimedOut|HostUnreachable|NetworkUnreachable)/,
    /\b(?:econnrefused|nxdomain|ehostunreach|etimedout|enetunreach)\b|ServiceUnavailable|Unavailable desc = /,
  ]),
  refused: anyOf([
    classOf(
      'Authenticat|Authoriz|Unauthori[sz]ed|Unauthenticated|Forbidden|Login|Credentials?|AccessRefused|AccessDenied|PermissionDenied|GatedRepo|InvalidPassword|InvalidToken|WebIdentity|SignatureDoesNotMatch',
    ),
    /\bWebIdentityErr\b|code = (?:Unauthenticated|PermissionDenied)/,
  ]),
  invalidConfiguration: anyOf([
    classOf(
      'Config|Configuration|YAML|Yaml|Toml|TOML|SAXParse|XmlParse|Propert(?:y|ies)|Settings?|Option|Validation|Schema|NumberFormat|Malformed|URISyntax|InvalidURI|InvalidUrl|UriFormat|InvalidValue|Unmarshal|Deserializ|Decod(?:e|ing)|DateTimeParse|PatternSyntax|Interpolation',
    ),
  ]),
  stored: anyOf([
    classOf(
      'Corrupt|LockObtain|AlreadyLocked|DatabaseLocked|Inconsistent|IncompatibleVersion|UnsupportedVersion|VersionMismatch|Checksum|Migrations?|IndexFormatToo(?:Old|New)',
    ),
  ]),
  missingConfiguration: anyOf([
    classOf(
      'EnvNotFound|NoCredentials|MissingEnv|MissingConfig|MissingSetting|MissingProperty|MissingRequired|UnboundVariable|NoRegion|UndefinedVar',
    ),
    /VarError::NotPresent|ReadEnvironmentVariable\(NotPresent\)|EnvVar\w{0,20}Missing/,
  ]),
} as const

import { anyOf } from '../any-of.ts'

/** A ResourceQuota is exceeded or demands values. */
export const quota = anyOf(
  [
    /exceeded quota: (?<quota>[\w.-]+)|exceeds? (?:the )?(?:resource )?quota/,
    /failed quota: (?<failed>[\w.-]+): must specify|must specify (?:limits|requests|cpu|memory)/,
    /insufficient quota to match these scopes|status unknown for quota/,
    // Before 1.2.
    /is limited by quota|\b[\w.-]{1,60} quota is \S{1,30}, current usage/,
  ],
  'i',
)

/** A LimitRange objects. */
export const limits = anyOf(
  [
    /(?:maximum|minimum) (?<resource>[\w./-]+) (?:usage|limit|request)? ?per (?<scope>\w+)/,
    /must be less than or equal to (?:cpu|memory) limit .{0,160}LimitRange|limitrange/,
    /max limit to request ratio|maxLimitRequestRatio|limit to request ratio/,
  ],
  'i',
)

/** Pod security objects: admission by labels, policies, constraints. */
export const security = anyOf(
  [
    /violates PodSecurity|unable to admit pod|SecurityContextDeny/,
    /PodSecurityPolicy|pod security polic|no providers available to validate pod request/,
    /security context constraint|unable to validate against any/,
    /is forbidden: .{0,160}(?:hostPath|privileged|runAsUser|hostNetwork).{0,160}not allowed/,
  ],
  'i',
)

/** The service account is missing. */
export const account = anyOf(
  [
    /service ?account (?<account>[\w.-]{1,63}\/[\w.-]{1,253}):/,
    /service ?account[^\n]{1,120}(?:not found|does not exist)/,
    /serviceaccounts? "(?<named>[^"]+)" (?:not found|is forbidden)/,
  ],
  'i',
)

/** The object is not as the API demands. */
export const invalid = anyOf(
  [
    /is invalid:|Invalid value|Unsupported value|Required value|Duplicate value/,
    /Forbidden: (?:may not|field is immutable|updates to)|must be (?:no more than|less than or equal|specified|unique|a valid)/,
    /no PriorityClass with name|does not match the namespace|metadata\.(?:name|labels)/,
    /strict decoding error|cannot be handled as a|json: cannot unmarshal|unknown field/,
    /runtimeclass.{0,160}not found|RuntimeClass "[^"]*" not found|pod rejected: .{0,160}overhead/,
  ],
  'i',
)

/** A webhook speaks, or cannot be called: whatever it quotes is not the word of the API server. */
export const webhook = /admission webhook "|failed calling webhook|failed to call webhook|validatingadmissionpolicy/i

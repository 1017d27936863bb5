/**
 * One pattern that matches where any of these does; a long list of wordings stays readable, one kind on a line.
 *
 * @example anyOf([/no such host/, /ENOTFOUND/], 'i')
 */
export const anyOf = (patterns: readonly RegExp[], flags = ''): RegExp =>
  new RegExp(patterns.map(({ source }) => source).join('|'), flags)

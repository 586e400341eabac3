/**
 * RFC 5322 section 2.1.1: a line should not be longer than this, without its CRLF.
 *
 * @internal
 */
export const preferredLine = 78

/**
 * RFC 5322 section 2.1.1: a line must not be longer than this, without its CRLF.
 *
 * @internal
 */
export const longestLine = 998

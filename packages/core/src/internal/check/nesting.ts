/**
 * How deep messages may be nested. RFC 5322 knows no limit; deeper than any reader goes they only attack the stack.
 *
 * @internal
 */
export const mostNested = 100

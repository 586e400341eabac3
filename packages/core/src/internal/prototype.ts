/**
 * Gives fresh fields the prototype of their type. Several times as fast as copying them onto a new object, and every message
 * is made of many such values.
 *
 * @internal
 */
export const withPrototype = <A>(prototype: object, fields: object): A => Object.setPrototypeOf(fields, prototype)

/** A text in quotes, with everything but printable ASCII escaped, so that it can stand in a log or on a terminal. */
export const printable = (text: string): string =>
  JSON.stringify(text).replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)

/** A text in quotes, with everything but printable ASCII escaped, so that a log or a terminal can show it. */
export const printable = (text: string): string =>
  JSON.stringify(text).replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)

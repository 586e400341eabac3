/** Colors, on a terminal that wants them (no-color.org). */
export interface Colours {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly late: (text: string) => string
  readonly lost: (text: string) => string
}

const code = (start: number, end: number) => (text: string): string => `\u001b[${start}m${text}\u001b[${end}m`

const plain = (text: string): string => text

export const none: Colours = { bold: plain, dim: plain, good: plain, bad: plain, late: plain, lost: plain }

const all: Colours = {
  bold: code(1, 22),
  dim: code(2, 22),
  good: code(32, 39),
  bad: code(31, 39),
  late: code(33, 39),
  lost: code(35, 39)
}

export const coloursOf = (stream: NodeJS.WriteStream): Colours =>
  stream.isTTY && process.env["NO_COLOR"] === undefined && process.env["TERM"] !== "dumb" ? all : none

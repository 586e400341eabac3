/** A field: its name in lower case, its value unfolded. */
export interface Field {
  readonly name: string
  readonly value: string
}

const longestValue = 4096
const control = /[\x00-\x08\x0a-\x1f\x7f]/g

/** What comes from outside is shown and stored: without control characters, and not without end. */
export const clean = (text: string): string => text.slice(0, longestValue).replace(control, "").trim()

const isBlank = (line: string): boolean => line.startsWith(" ") || line.startsWith("\t")

/** The fields of some lines. What belongs to no field is passed over. */
export const readFields = (lines: Iterable<string>): ReadonlyArray<Field> => {
  const fields: Array<{ name: string; pieces: Array<string> }> = []
  for (const line of lines) {
    const last = fields[fields.length - 1]
    if (isBlank(line)) {
      if (last !== undefined) last.pieces.push(line.trim())
      continue
    }
    const colon = line.indexOf(":")
    if (colon > 0) {
      fields.push({ name: line.slice(0, colon).trimEnd().toLowerCase(), pieces: [line.slice(colon + 1).trim()] })
    }
  }
  return fields.map(({ name, pieces }) => ({ name, value: clean(pieces.join(" ")) }))
}

/** Groups of fields, which empty lines part (RFC 3464 section 2.1). */
export const readGroups = (text: string, most: number): ReadonlyArray<ReadonlyArray<Field>> => {
  const groups: Array<ReadonlyArray<Field>> = []
  let lines: Array<string> = []
  const close = (): void => {
    if (lines.length > 0) {
      const fields = readFields(lines)
      if (fields.length > 0) groups.push(fields)
    }
    lines = []
  }
  for (const line of text.split(/\r\n|\n|\r/)) {
    if (line.trim() === "") close()
    else lines.push(line)
    if (groups.length > most) return groups
  }
  close()
  return groups
}

/** The first value of a field that is not empty. */
export const valueOf = (fields: ReadonlyArray<Field>, name: string): string | undefined =>
  fields.find((field) => field.name === name && field.value !== "")?.value

/** All values of a field. */
export const valuesOf = (fields: ReadonlyArray<Field>, name: string): ReadonlyArray<string> =>
  fields.flatMap((field) => field.name === name && field.value !== "" ? [field.value] : [])

const longestHeader = 256 * 1024

/** The header of a message, up to its first empty line. */
export const readHeader = (message: string): ReadonlyArray<Field> => {
  const text = message.slice(0, longestHeader)
  const lines: Array<string> = []
  for (const line of text.split(/\r\n|\n|\r/)) {
    if (line.trim() === "") {
      // Some put an empty line in front.
      if (lines.length > 0) break
    } else lines.push(line)
  }
  return readFields(lines)
}

/** What is found of one subject. */
export interface Finding {
  readonly status: "good" | "weak" | "wrong" | "missing" | "unknown"
  readonly text: string
  readonly publish?: { readonly name: string; readonly value: string } | undefined
}

const longest = 2000

/** The tags of a record such as `v=DKIM1; k=rsa`, with names in lower case. */
export const tagsOf = (record: string): ReadonlyMap<string, string> =>
  new Map(
    record.slice(0, longest * 4).split(";").map((part) => {
      const at = part.indexOf("=")
      return [part.slice(0, Math.max(at, 0)).trim().toLowerCase(), part.slice(at + 1).trim()] as const
    })
  )

/** Records are untrusted: a line of text must stay one. */
export const shown = (text: string): string => {
  const clean = text.replace(/[^\x20-\x7e]/g, "?")
  return clean.length > 120 ? `${clean.slice(0, 120)}...` : clean
}

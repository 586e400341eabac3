/** How many columns a line may have. A pipe has none: then `COLUMNS` says it, or 80. */
export const widthOf = (stream: NodeJS.WriteStream, max: number): number => {
  const set = Number(process.env["COLUMNS"])
  const known = stream.columns ?? (Number.isInteger(set) && set > 0 ? set : 80)
  return Math.max(30, Math.min(max, known))
}

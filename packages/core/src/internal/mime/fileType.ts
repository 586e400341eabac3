import mime from "mime"

const extension = /\.([^./\\]*)$/

/** Whether the filename alone leads to the media type. The type is given without its parameters. */
export const fitsName = (essence: string, filename: string): boolean => {
  const written = extension.exec(filename)?.[1]?.toLowerCase() ?? ""
  return (mime.getType(filename) ?? "application/octet-stream") === essence ||
    (mime.getAllExtensions(essence)?.has(written) ?? false)
}

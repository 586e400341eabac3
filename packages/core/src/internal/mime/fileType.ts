import mime from "mime"

const extension = /\.([^./\\]*)$/

/**
 * Whether who goes by the filename alone finds the media type that is meant. The type is given without its parameters.
 *
 * @internal
 */
export const fitsName = (essence: string, filename: string): boolean => {
  const written = extension.exec(filename)?.[1]?.toLowerCase() ?? ""
  return (mime.getType(filename) ?? "application/octet-stream") === essence ||
    (mime.getAllExtensions(essence)?.has(written) ?? false)
}

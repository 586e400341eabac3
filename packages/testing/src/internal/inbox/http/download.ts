import * as MailReader from "../../../MailReader.js"

/** Types that a browser may be told of: none of them runs. */
const plainTypes = new Set(
  "image/png image/jpeg image/gif image/webp image/avif application/pdf text/plain".split(" ")
)
/** Types that the frame may show as an image. */
const imageTypes = new Set("image/png image/jpeg image/gif image/webp image/avif image/bmp image/x-icon".split(" "))

const contentPolicy = "sandbox; default-src 'none'"

/** RFC 8187: what is no attribute character goes as its octets. */
const encoded = (name: string): string =>
  encodeURIComponent(name).replace(/['()*!]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)

const asciiOf = (name: string): string => name.replace(/[^\x20-\x7e]/g, "_").replace(/["\\%]/g, "_")

export const disposition = (name: string): string =>
  `attachment; filename="${asciiOf(name)}"; filename*=UTF-8''${encoded(name)}`

/** Headers with which a part is saved to a file, and never shown. */
export const downloadHeaders = (part: MailReader.Part): Readonly<Record<string, string>> => ({
  "content-type": plainTypes.has(part.type)
    ? part.type === "text/plain" ? "text/plain; charset=utf-8" : part.type
    : "application/octet-stream",
  "content-disposition": disposition(MailReader.fileName(part)),
  "content-security-policy": contentPolicy,
  "x-content-type-options": "nosniff",
  "cache-control": "no-store"
})

/**
 * Headers with which the frame shows a part. Svg is a document that may run script where it is opened by itself: the
 * policy forbids that, and as an image it never does.
 */
export const inlineHeaders = (part: MailReader.Part): Readonly<Record<string, string>> => {
  const isImage = imageTypes.has(part.type) || part.type === "image/svg+xml"
  return {
    ...isImage ? { "content-type": part.type } : downloadHeaders(part),
    "content-security-policy": contentPolicy,
    "cross-origin-resource-policy": "cross-origin",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store"
  }
}

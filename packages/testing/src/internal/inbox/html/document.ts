import * as MailReader from "../../../MailReader.js"
import { TooComplex } from "./parser.js"
import { type PartAddress, rewrite } from "./rewrite.js"

/**
 * - `partsUrl`: the absolute address below which the parts of this message are, with a slash at its end
 * - `loadsOutside`: whether the browser may load images, fonts and styles from anywhere, this once
 */
export interface Options {
  readonly partsUrl: string
  readonly loadsOutside: boolean
  readonly isDark: boolean
}

export interface FrameDocument {
  readonly html: string
  readonly headers: Readonly<Record<string, string>>
}

const maxHtml = 8 * 1024 * 1024
/** Html that is not shown as such is shown so far. */
const maxShown = 64 * 1024
const link = /\bhttps?:\/\/[^\s<>"'`]{1,2000}/g

const escape = (text: string): string =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;")

/** Text as html, with its links to be opened. */
export const linked = (text: string): string => {
  let at = 0
  let out = ""
  for (const match of text.matchAll(link)) {
    const address = match[0].replace(/[.,;:!?)\]}]+$/, "")
    out += `${escape(text.slice(at, match.index))}<a href="${
      escape(address)
    }" target="_blank" rel="noopener noreferrer">${escape(address)}</a>`
    at = match.index + address.length
  }
  return out + escape(text.slice(at))
}

const textDocument = (text: string): string =>
  `<!doctype html><html><head><title>Message</title></head><body style="margin:24px 28px;font:14px/1.6 system-ui,sans-serif">` +
  `<div style="white-space:pre-wrap;overflow-wrap:anywhere">${linked(text)}</div></body></html>`

const htmlDocument = (html: string, addressOf: PartAddress): string => {
  try {
    return rewrite(html.slice(0, maxHtml), addressOf)
  } catch (error) {
    if (!(error instanceof TooComplex)) throw error
    return textDocument(`This html is nested too deeply to be shown. It begins so:\n\n${html.slice(0, maxShown)}`)
  }
}

/**
 * The policy of the frame. It holds when the address is opened in a tab too: `sandbox` comes with the header. `'self'`
 * would let a message ask for any address of the inbox, so that the address of its own parts is named.
 */
const policy = ({ loadsOutside, partsUrl }: Options): string => {
  const outside = loadsOutside ? " https: http: data:" : ""
  return [
    "default-src 'none'",
    `img-src ${partsUrl} data:${outside}`,
    `style-src 'unsafe-inline'${outside}`,
    `font-src data:${outside}`,
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'self'",
    "sandbox allow-popups allow-popups-to-escape-sandbox"
  ].join("; ")
}

/** The page's own style comes first, so that whatever the message says holds. */
const withScheme = (document: string, isDark: boolean): string =>
  document.replace(
    /^(<!doctype[^>]*>)?(<html[^>]*>)?(<head>)?/i,
    (start) =>
      `${start === "" ? "<!doctype html>" : start}<meta charset="utf-8"><style>:root{color-scheme:${
        isDark ? "dark" : "light"
      }}</style>`
  )

/** The document in which a message is shown. `contents` are its html, or else its text. */
export const frameDocument = (mail: MailReader.Mail, options: Options): FrameDocument => {
  const html = MailReader.html(mail)
  const paths = new Map<string, string>()
  for (const { contentId, path } of mail.parts) {
    if (contentId !== "" && !paths.has(contentId)) paths.set(contentId, path)
  }
  const addressOf = (contentId: string): string | undefined => {
    const path = paths.get(contentId)
    return path === undefined ? undefined : `${options.partsUrl}${path}`
  }
  const body = html === undefined
    ? textDocument(MailReader.text(mail) ?? "")
    : htmlDocument(html, addressOf)
  return {
    html: withScheme(body, options.isDark),
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy(options),
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "x-dns-prefetch-control": "off",
      "cache-control": "no-store"
    }
  }
}

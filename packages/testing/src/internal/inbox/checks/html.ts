import { type Check, count, type Found, plural } from "./check.js"

const gmailClip = 102 * 1024
/** What is longer is not looked through for single tags. */
const maxExamined = 1024 * 1024

const onHtml = (run: (html: string) => Found | undefined): Check["run"] => ({ html, mail }) => {
  const found = html === undefined ? undefined : run(html.slice(0, maxExamined))
  return found === undefined ? undefined : { at: mail.html?.bodyStart, ...found }
}

const tags = (html: string, name: string): ReadonlyArray<string> =>
  html.match(new RegExp(`<${name}\\b[^<>]{0,4000}>`, "gi")) ?? []

const attribute = (tag: string, name: string): string | undefined => {
  const match = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, "i").exec(tag)
  return match?.[1] ?? match?.[2] ?? match?.[3]
}

const clipped: Check = {
  id: "clipped",
  grade: "warning",
  source: "Gmail cuts messages at 102 KB",
  run: ({ mail: { html } }) => {
    const size = html === undefined ? 0 : html.end - html.bodyStart
    return size > gmailClip
      ? {
        title: `Html of ${count(Math.round(size / 1024))} KB`,
        detail: "Gmail shows the first 102 KB and a link to the rest."
      }
      : undefined
  }
}

const outside: Check = {
  id: "outside-images",
  grade: "taste",
  source: "most programs ask before they load",
  run: ({ detail }) =>
    detail.outside.length === 0 ? undefined : {
      title: `${plural(detail.outside.reduce((sum, { count }) => sum + count, 0), "image")} from outside`,
      detail: `From ${
        detail.outside.slice(0, 3).map(({ host }) => host.slice(0, 80)).join(", ")
      }. Many readers never see them.`
    }
}

const noAlt: Check = {
  id: "no-alt",
  grade: "warning",
  source: "WCAG 2.2 §1.1.1",
  run: onHtml((html) => {
    const without = tags(html, "img").filter((tag) => attribute(tag, "alt") === undefined).length
    return without === 0 ? undefined : {
      title: `${plural(without, "image")} without alt`,
      detail: "Readers that do not see them hear the address instead. An empty alt marks decoration."
    }
  })
}

const plainLinks: Check = {
  id: "http-links",
  grade: "warning",
  source: "RFC 9110 §4.2.2",
  run: onHtml((html) => {
    const plain = tags(html, "a").filter((tag) => /^\s*http:/i.test(attribute(tag, "href") ?? "")).length
    return plain === 0
      ? undefined
      : {
        title: `${plural(plain, "link")} by http:`,
        detail: "Anybody on the way can read and change where they lead."
      }
  })
}

const scriptLinks: Check = {
  id: "script",
  grade: "error",
  source: "no program runs script in mail",
  run: onHtml((html) =>
    /<script\b/i.test(html) || /\shref\s{0,9}=\s{0,9}["']?\s{0,9}javascript:/i.test(html) ||
      /\son[a-z]{3,20}\s{0,9}=/i.test(html)
      ? { title: "Script", detail: "It is removed everywhere, and filters take it for an attack." }
      : undefined
  )
}

const hostOf = (text: string): string | undefined =>
  /(?:https?:\/\/)?((?:[a-z0-9-]+\.)+[a-z]{2,24})(?:[/:?#]|$)/i.exec(text.trim())?.[1]?.toLowerCase()

const deceiving: Check = {
  id: "link-names-another",
  grade: "error",
  source: "filters take it for phishing",
  run: onHtml((html) => {
    for (const [, tag = "", inner = ""] of html.matchAll(/(<a\b[^<>]{0,4000}>)([^<]{1,200})<\/a>/gi)) {
      const named = /^\s*(?:https?:\/\/|www\.)\S+\s*$/i.test(inner) ? hostOf(inner) : undefined
      const href = attribute(tag, "href")
      const target = href === undefined ? undefined : hostOf(href)
      if (named === undefined || target === undefined) continue
      const bare = (host: string): string => host.replace(/^www\./, "")
      if (bare(named) !== bare(target)) {
        return { title: "A link that names another host", detail: `It says ${named}, and leads to ${target}.` }
      }
    }
    return undefined
  })
}

const missingCid: Check = {
  id: "missing-cid",
  grade: "error",
  source: "RFC 2392",
  run: ({ html, mail }) => {
    if (html === undefined) return undefined
    const ids = new Set(mail.parts.map(({ contentId }) => contentId))
    const missing = Array.from(
      html.slice(0, maxExamined).matchAll(/["'(\s]cid:([^"')\s>]{1,500})/gi),
      ([, id = ""]) => id
    )
      .filter((id) => !ids.has(id))
    return missing.length === 0 ? undefined : {
      title: `${plural(missing.length, "cid:")} without a part`,
      detail: `No part has the Content-ID ${missing[0]?.slice(0, 80) ?? ""}: readers see a broken image.`,
      at: mail.html?.bodyStart
    }
  }
}

export const htmlChecks: ReadonlyArray<Check> = [
  clipped,
  outside,
  noAlt,
  plainLinks,
  scriptLinks,
  deceiving,
  missingCid
]

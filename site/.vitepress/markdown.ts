/**
 * What the pages of the repository need to be pages of a site: links that lead there, names of the library that lead to the
 * reference, and the names of files above their code.
 */
import type { MarkdownRenderer } from "vitepress"
import { referenceOf, resolve } from "./places.js"

interface Place {
  readonly path: string
  readonly realPath?: string
}

/** VitePress takes a path without a dot for the name of a package. */
const withRelativeImages = (html: string): string => html.replaceAll(/(<img[^>]*\bsrc=")(?![a-z]+:|[./])/g, "$1./")

export const configure = (md: MarkdownRenderer): void => {
  md.core.ruler.push("repository-links", (state) => {
    const place = state.env as Place
    const page = place.realPath ?? place.path
    const isReference = page.includes("/site/reference/")
    for (const token of state.tokens) {
      if (token.type === "html_block") token.content = withRelativeImages(token.content)
      let depth = 0
      for (const child of token.children ?? []) {
        if (child.type === "html_inline") child.content = withRelativeImages(child.content)
        if (child.type === "link_open") {
          depth++
          const href = child.attrGet("href")
          if (href !== null && !isReference) child.attrSet("href", resolve(page, href))
        } else if (child.type === "link_close") depth--
        else if (child.type === "code_inline" && depth === 0 && !isReference) {
          const link = referenceOf(child.content)
          if (link !== undefined) child.meta = { link }
        }
      }
    }
  })

  const inline = md.renderer.rules.code_inline
  md.renderer.rules.code_inline = (tokens, i, options, env, self) => {
    const code = inline?.(tokens, i, options, env, self) ?? ""
    const link = (tokens[i]?.meta as { readonly link: string } | null | undefined)?.link
    return link === undefined ? code : `<a href="${link.replace("#", ".html#").replace("/.html", "/")}">${code}</a>`
  }

  const fence = md.renderer.rules.fence
  md.renderer.rules.fence = (tokens, i, options, env, self) => {
    // Read before VitePress takes it away.
    const name = /\[(\S+)\]/.exec(tokens[i]?.info ?? "")?.[1]
    const code = fence?.(tokens, i, options, env, self) ?? ""
    return name === undefined ? code : `<div class="file-name">${name}</div>${code}`
  }
}

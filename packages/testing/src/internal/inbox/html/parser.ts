import { defaultTreeAdapter, type DefaultTreeAdapterMap, Parser, type ParserOptions, type Token } from "parse5"

type Options = ParserOptions<DefaultTreeAdapterMap>

/** Elements of a document: unclosed formatting is repeated in each paragraph, so that few tags may make many. */
const maxElements = 200_000
/** Open elements that the tags of a document may be compared with, in all. */
const maxSteps = 400_000_000

/** Html that would take a parser, or a browser, minutes. */
export class TooComplex extends Error {
  override readonly name = "TooComplex"
}

/** A parser whose work is bounded by the depth of the tree, which html chooses. */
class BoundedParser extends Parser<DefaultTreeAdapterMap> {
  private steps = 0

  private spend(): void {
    this.steps += this.openElements.stackTop + 1
    if (this.steps > maxSteps) throw new TooComplex()
  }

  override onStartTag(token: Token.TagToken): void {
    this.spend()
    super.onStartTag(token)
  }

  override onEndTag(token: Token.TagToken): void {
    this.spend()
    super.onEndTag(token)
  }
}

/** A document as browsers read it, where no script runs. Throws `TooComplex`. */
export const parseDocument = (html: string): DefaultTreeAdapterMap["document"] => {
  let elements = 0
  const treeAdapter: Options["treeAdapter"] = {
    ...defaultTreeAdapter,
    createElement: (...args) => {
      if (++elements > maxElements) throw new TooComplex()
      return defaultTreeAdapter.createElement(...args)
    }
  }
  return BoundedParser.parse<DefaultTreeAdapterMap>(html, { scriptingEnabled: false, treeAdapter })
}

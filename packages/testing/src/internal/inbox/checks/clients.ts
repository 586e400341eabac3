import type { ClientSupport, Feature } from "../../clients/clients.js"
import type { Finding } from "../model/message.js"
import { featuresOf } from "./features.js"

/** The clients that are looked at where no others are chosen. */
export const defaultClients: ReadonlyArray<string> = ["gmail", "outlook", "apple-mail", "yahoo"]

const maxFindings = 30

const named = (
  support: ClientSupport,
  platforms: Feature["none"],
  clients: ReadonlyArray<string>
): ReadonlyArray<string> =>
  clients.flatMap((client) => {
    const some = platforms[client] ?? []
    return some.length === 0 ? [] : [`${support.clients[client] ?? client} (${some.join(", ")})`]
  })

/** Which features of the html the chosen clients do not support. Support is a matter of taste, never an error. */
export const clientFindings = (
  html: string | undefined,
  line: number | undefined,
  clients: ReadonlyArray<string>,
  support: ClientSupport
): ReadonlyArray<Finding> => {
  if (html === undefined || clients.length === 0) return []
  const found = featuresOf(html).flatMap((slug): ReadonlyArray<Finding & { readonly weight: number }> => {
    const feature = Object.hasOwn(support.features, slug) ? support.features[slug] : undefined
    if (feature === undefined) return []
    const none = named(support, feature.none, clients)
    const partly = named(support, feature.partly, clients)
    return none.length === 0 ? [] : [{
      id: `client-${slug}`,
      grade: "taste",
      title: `${feature.title}: not everywhere`,
      detail: `Not in ${none.join(", ")}.${partly.length === 0 ? "" : ` In part in ${partly.join(", ")}.`}`,
      source: `caniemail.com, ${support.updated}`,
      url: `https://www.caniemail.com/features/${slug}/`,
      ...line === undefined ? {} : { line },
      weight: none.length
    }]
  })
  return found.sort((one, other) => other.weight - one.weight).slice(0, maxFindings)
    .map(({ weight: _, ...finding }) => finding)
}

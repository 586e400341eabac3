/** What a browser would load by itself: images, backgrounds, fonts and style sheets. Links are not among it. */
const reference =
  /(?:\b(?:src|srcset|background|poster)\s{0,9}=\s{0,9}["']?\s{0,9}|\burl\(\s{0,9}["']?\s{0,9}|@import\s{1,9}["']\s{0,9})(?:https?:)?\/\/([^\s"'/)>?#,]{1,255})/gi

/** What is longer than any html is looked through so far. */
const maxLength = 2 * 1024 * 1024

/** The hosts from which html would load something, and how often. */
export const outsideHosts = (html: string): ReadonlyArray<{ readonly host: string; readonly count: number }> => {
  const counts = new Map<string, number>()
  for (const [, host = ""] of html.slice(0, maxLength).matchAll(reference)) {
    const name = host.toLowerCase()
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return Array.from(counts, ([host, count]) => ({ host, count })).slice(0, 100)
}

import type { Event } from "./api.js"

/** What the stream says: an event with its number, that it was lost or found again, or that the list has to be read again. */
export type News =
  | { readonly kind: "event"; readonly number: number; readonly event: Event }
  | { readonly kind: "connected" | "lost" | "restart" }

/**
 * Listens to the inbox. A browser has six connections for a host, and a stream takes one for ever: of all tabs, the one
 * that has the lock listens, and tells the others.
 */
export const listen = (last: () => number, onNews: (news: News) => void): void => {
  const name = `effect-mail ${location.pathname}`
  const channel = new BroadcastChannel(name)
  channel.addEventListener("message", ({ data }: MessageEvent<News>) => onNews(data))
  const tell = (news: News): void => {
    onNews(news)
    channel.postMessage(news)
  }
  const open = (): void => {
    const source = new EventSource(`api/events?last=${last()}`)
    source.addEventListener("open", () => tell({ kind: "connected" }))
    source.addEventListener("error", () => {
      tell({ kind: "lost" })
      // A browser gives up for good where the server answers with an error while it starts.
      if (source.readyState === EventSource.CLOSED) setTimeout(open, 1_000)
    })
    source.addEventListener("Restart", () => tell({ kind: "restart" }))
    for (const type of ["Received", "Changed", "Removed", "Previews", "Rules"]) {
      source.addEventListener(
        type,
        ({ data, lastEventId }) => tell({ kind: "event", number: Number(lastEventId), event: JSON.parse(data) })
      )
    }
  }
  if ("locks" in navigator) void navigator.locks.request(name, () => new Promise(() => open()))
  else open()
}

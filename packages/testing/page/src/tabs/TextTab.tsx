import type { Detail } from "../api.js"
import { visible } from "../format.js"

const link = /\bhttps?:\/\/[^\s<>"'`]{1,2000}/g

/** Text with its links to be opened; nothing of it is html. */
const linked = (text: string) => {
  const pieces: Array<string | preact.JSX.Element> = []
  let at = 0
  for (const match of text.matchAll(link)) {
    const address = match[0].replace(/[.,;:!?)\]}]+$/, "")
    pieces.push(text.slice(at, match.index))
    pieces.push(<a key={match.index} href={address} target="_blank" rel="noopener noreferrer">{address}</a>)
    at = match.index + address.length
  }
  pieces.push(text.slice(at))
  return pieces
}

const maxLinked = 200_000

export const TextTab = ({ detail: { text } }: { readonly detail: Detail }) => {
  if (text === null) return <p class="nothing">This message has no text part.</p>
  const shown = visible(text)
  return (
    <div class="body">
      {shown.length > 1_000_000 && <p class="note">The first million characters.</p>}
      <div class="text">{shown.length > maxLinked ? shown : linked(shown)}</div>
    </div>
  )
}

import type { Detail, Line } from "../api.js"
import { visible } from "../format.js"

const signs = { client: "›", server: "‹", note: "·" } as const

const toneOf = ({ from, text }: Line): string => {
  if (from !== "server") return from === "note" ? "dim" : ""
  return /^[45]\d\d/.test(text) ? "bad" : /^250 2\.0\.0/.test(text) ? "end" : ""
}

/** A short dialogue leaves out what every dialogue has. */
const isTelling = ({ from, text }: Line): boolean =>
  !(from === "server" && /^(?:250-|354|334|250 (?:2\.1\.|ENHANCED))/.test(text))

const maxShort = 24

export const Talk = ({ isShort, lines }: { readonly lines: ReadonlyArray<Line>; readonly isShort: boolean }) => {
  const telling = isShort ? lines.filter(isTelling) : lines
  const shown = isShort ? telling.slice(0, maxShort) : telling
  return (
    <>
      <ol class="talk">
        {shown.map((line, i) => (
          <li key={i}>
            <span class="t">{i === 0 ? `${line.at} ms` : line.at}</span>
            <span class={line.from}>{signs[line.from]}</span>
            <span class={toneOf(line)}>
              <span class="sr">{line.from === "note" ? "" : `${line.from}: `}</span>
              {visible(line.text)}
              {line.rule !== undefined && <span class="rfc">{` rule: ${visible(line.rule)}`}</span>}
            </span>
          </li>
        ))}
      </ol>
      {shown.length < telling.length && <p class="note">and more: see the tab Dialogue</p>}
    </>
  )
}

export const DialogueTab = ({ detail: { dialogue } }: { readonly detail: Detail }) => (
  <div class="body wide">
    {dialogue.length === 0
      ? <p class="nothing">There is none: this message did not come over SMTP.</p>
      : <Talk lines={dialogue} isShort={false} />}
  </div>
)

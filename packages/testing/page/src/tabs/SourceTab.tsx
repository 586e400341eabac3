import { useEffect, useRef, useState } from "preact/hooks"
import * as Api from "../api.js"
import { count, visible } from "../format.js"

const maxColumns = 4_000
const maxLine = 998

export const SourceTab = ({ detail, line }: { readonly detail: Api.Detail; readonly line: number | undefined }) => {
  const [lines, setLines] = useState<ReadonlyArray<Api.SourceLine>>([])
  const [isLast, setLast] = useState(false)
  const [search, setSearch] = useState("")
  const marked = useRef<HTMLLIElement>(null)
  const first = Math.max(1, (line ?? 1) - 40)

  const load = (from: number, before: ReadonlyArray<Api.SourceLine>): void => {
    void Api.lines(detail.id, from).then((page) => {
      setLines([...before, ...page.lines])
      setLast(page.isLast)
    })
  }
  useEffect(() => load(first, []), [detail.id, first])
  useEffect(() => marked.current?.scrollIntoView({ block: "center" }), [lines.length > 0, line])

  const wanted = search.toLowerCase()
  const found = wanted === "" ? 0 : lines.filter(({ text }) => text.toLowerCase().includes(wanted)).length
  return (
    <div class="body wide">
      <div class="source-tools">
        <input
          class="filter"
          type="search"
          placeholder="Find in the lines below"
          aria-label="Find in the source"
          value={search}
          onInput={({ currentTarget }) => setSearch(currentTarget.value)}
        />
        {wanted !== "" && <span class="note">{count(found)} lines</span>}
        <a href={`api/messages/${detail.id}/source`} target="_blank" rel="noopener">Raw</a>
      </div>
      {first > 1 && <a class="link" href={`#/${detail.id}/source/1`}>From the first line</a>}
      <ol class="source" start={first}>
        {lines.map(({ end, octets, text }, i) => {
          const number = first + i
          const isMarked = number === line
          const isFound = wanted !== "" && text.toLowerCase().includes(wanted)
          return (
            <li
              key={number}
              value={number}
              class={isMarked ? "marked" : isFound ? "found" : ""}
              {...isMarked ? { ref: marked } : {}}
            >
              <span class="ln">{number}</span>
              <span class="code">
                <span class={octets > maxLine ? "long" : ""}>{visible(text.slice(0, maxColumns))}</span>
                <i
                  title={end === "CRLF" ? "CR LF" : end === "" ? "no line end" : "bare LF"}
                  class={end === "CRLF" ? "" : "bad"}
                >
                  {end === "CRLF" ? "⏎" : end === "" ? "∎" : "LF"}
                </i>
                {octets > maxLine && <b>{`${count(octets)} octets`}</b>}
              </span>
            </li>
          )
        })}
      </ol>
      {!isLast && lines.length > 0 && (
        <button
          class="btn"
          type="button"
          onClick={() => load(first + lines.length, lines)}
        >
          Next 1,000 lines
        </button>
      )}
    </div>
  )
}

import { useState } from "preact/hooks"
import type { Detail } from "../api.js"
import { visible } from "../format.js"

export const HeadersTab = ({ detail: { headers } }: { readonly detail: Detail }) => {
  const [filter, setFilter] = useState("")
  const wanted = filter.toLowerCase()
  const shown = headers.filter(({ decoded, name, raw }) => `${name}: ${decoded} ${raw}`.toLowerCase().includes(wanted))
  return (
    <div class="body wide">
      <input
        class="filter"
        type="search"
        placeholder="Filter headers"
        aria-label="Filter headers"
        value={filter}
        onInput={({ currentTarget }) => setFilter(currentTarget.value)}
      />
      <table class="grid headers">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Decoded</th>
            <th scope="col">As sent</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ decoded, isRepeated, name, raw }, i) => (
            <tr key={i}>
              <th scope="row">
                {visible(name)}
                {isRepeated && <span class="n">repeated</span>}
              </th>
              <td>{visible(decoded)}</td>
              <td class="mono raw">{visible(raw.slice(raw.indexOf(":") + 1).replace(/^ /, ""))}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length === 0 && <p class="nothing">No header is like that.</p>}
    </div>
  )
}

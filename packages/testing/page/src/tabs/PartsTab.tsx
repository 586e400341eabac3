import type { Detail, Part } from "../api.js"
import { plural, size } from "../format.js"

/** Gmail shows so much html. */
const gmailClip = 102 * 1024

const download = (id: number, { path }: Part): string => `api/messages/${id}/parts/${path}/download`

const branch = (parts: ReadonlyArray<Part>, i: number): string => {
  const depth = parts[i]?.depth ?? 0
  if (depth === 0) return ""
  const later = parts.slice(i + 1)
  const next = later.findIndex((part) => part.depth <= depth)
  const isLast = next < 0 || (later[next]?.depth ?? 0) < depth
  return `${"  ".repeat(depth - 1)}${isLast ? "└" : "├"} `
}

/** The tree in short, as below a message. */
export const Tree = ({ detail: { parts } }: { readonly detail: Detail }) => {
  const largest = Math.max(1, ...parts.filter(({ isContainer }) => !isContainer).map(({ wire }) => wire))
  return (
    <table class="tree">
      <tbody>
        {parts.slice(0, 40).map((part, i) => (
          <tr key={i}>
            <td>{branch(parts, i) + part.type}</td>
            <td>{part.name === "" ? part.charset : part.name}</td>
            <td>{part.isContainer ? "" : part.encoding}</td>
            <td>
              {!part.isContainer && part.wire > 20_000 && part.wire === largest && (
                <svg class="wire" width="64" height="6" aria-hidden="true">
                  <rect width="64" height="6" rx="3" />
                </svg>
              )} {size(part.wire)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** The files of a message, to be saved. */
export const Files = ({ detail }: { readonly detail: Detail }) => {
  const files = detail.parts.filter(({ isFile }) => isFile)
  if (files.length === 0) return null
  return (
    <ul class="files" aria-label="Files">
      {files.slice(0, 100).map((part) => (
        <li key={part.path}>
          <a class="btn" href={download(detail.id, part)} download="">
            <b>{part.name === "" ? part.fileName : part.name}</b>
            <span class="note">{size(part.decoded)}</span>
          </a>
        </li>
      ))}
    </ul>
  )
}

export const PartsTab = ({ detail }: { readonly detail: Detail }) => {
  const { htmlSize, parts } = detail
  return (
    <div class="body wide">
      {htmlSize !== null && (
        <p class="note">
          {`Html: ${size(htmlSize)} of the 102 KB that Gmail shows.`}
          {htmlSize > gmailClip && <b>{" The rest is cut there."}</b>}
        </p>
      )}
      <table class="grid">
        <thead>
          <tr>
            <th scope="col">Part</th>
            <th scope="col">Name</th>
            <th scope="col">Charset</th>
            <th scope="col">Encoding, and why</th>
            <th scope="col">Wire</th>
            <th scope="col">Decoded</th>
            <th scope="col">
              <span class="sr">Save</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {parts.map((part, i) => (
            <tr key={i}>
              <td class="mono">{branch(parts, i) + part.type}</td>
              <td>
                {part.name}
                {part.contentId !== "" && <small>{` cid:${part.contentId}`}</small>}
              </td>
              <td class="mono">{part.charset}</td>
              <td>
                {!part.isContainer && <span class="mono">{part.encoding}</span>}
                {part.why !== "" && <small>{` ${part.why}`}</small>}
              </td>
              <td class="num">{size(part.wire)}</td>
              <td class="num">{part.isContainer ? "" : size(part.decoded)}</td>
              <td>
                {!part.isContainer && (
                  <a href={download(detail.id, part)} download="" aria-label={`Save part ${part.path}`}>Save</a>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="note">{`${plural(parts.length, "part")}, ${size(detail.size)} in all.`}</p>
    </div>
  )
}

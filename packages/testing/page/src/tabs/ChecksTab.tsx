import type { Checks, Detail, Finding } from "../api.js"
import { plural, visible } from "../format.js"

const dots: Readonly<Record<Finding["grade"], string>> = { error: "r", warning: "", taste: "q" }
const words: Readonly<Record<Finding["grade"], string>> = { error: "Error", warning: "Warning", taste: "Hint" }

export const CheckList = ({ checks, detail, max = Infinity }: {
  readonly detail: Detail
  readonly checks: Checks | undefined
  readonly max?: number
}) => {
  if (checks === undefined) return <p class="note">…</p>
  const left = checks.findings.length - max
  return (
    <ul class="checks">
      {checks.findings.slice(0, max).map(({ detail: explanation, grade, id, line, source, title, url }) => (
        <li key={id}>
          <i class={dots[grade]} role="img" aria-label={words[grade]} />
          <div>
            <b>{visible(title)}</b>
            <p>
              {visible(explanation)}{" "}
              {line !== undefined && <a href={`#/${detail.id}/source/${line}`}>{`Line ${line.toLocaleString("en")}`}
              </a>} {url === undefined
                ? <span class="rfc">{source}</span>
                : <a class="rfc" href={url} target="_blank" rel="noopener noreferrer">{source}</a>}
            </p>
          </div>
        </li>
      ))}
      {left > 0 && (
        <li>
          <i class="q" role="img" aria-label="Hint" />
          <a href={`#/${detail.id}/checks`}>{plural(left, "more finding")}</a>
        </li>
      )}
      <li>
        <i class="g" role="img" aria-label="Fine" />
        <div>
          <b>
            {checks.findings.length === 0
              ? `All ${checks.passed} are fine`
              : `${plural(checks.passed, "more is", "more are")} fine`}
          </b>
        </div>
      </li>
    </ul>
  )
}

export const ChecksTab = ({ checks, detail }: { readonly detail: Detail; readonly checks: Checks | undefined }) => (
  <div class="body">
    <CheckList detail={detail} checks={checks} />
  </div>
)

import { useState } from "preact/hooks"
import * as Api from "./api.js"
import { visible } from "./format.js"
import { set } from "./state.js"
import { Pill } from "./verdict.js"

const addressesIn = (text: string): ReadonlyArray<string> => text.split(/[\s,;]+/).filter((address) => address !== "")

/** Sends a message on to the real server, and shows what that said. */
export const Release = ({ allow, id, label }: {
  readonly id: number
  readonly allow: ReadonlyArray<string>
  readonly label: string
}) => {
  const [isSending, setSending] = useState(false)
  const [result, setResult] = useState<Api.Released | string>()
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    const form = event.currentTarget
    if (!(form instanceof HTMLFormElement)) return
    const to = addressesIn(String(new FormData(form).get("to") ?? ""))
    if (to.length === 0) return setResult("Give an address.")
    setSending(true)
    Api.release(id, to).then(
      setResult,
      (error: unknown) => setResult(error instanceof Error ? error.message : "It failed.")
    )
      .finally(() => setSending(false))
  }
  return (
    <section class="pop" aria-label={label}>
      <h2>{label}</h2>
      <p>
        The real server gets these octets, unchanged. Allowed: {allow.map((pattern, i) => (
          <span key={pattern}>
            {i > 0 && ", "}
            <code>{pattern}</code>
          </span>
        ))}
      </p>
      <form class="adding" onSubmit={submit}>
        <label>
          To
          <input name="to" autoComplete="off" spellcheck={false} maxLength={4_000} required />
        </label>
        <div class="actions">
          <button class="btn" type="submit" disabled={isSending}>{isSending ? "Sending…" : "Send"}</button>
          <button class="link" type="button" onClick={() => set({ panel: undefined })}>Close</button>
        </div>
      </form>
      <div role="status">
        {typeof result === "string" && <p class="warn">{visible(result)}</p>}
        {typeof result === "object" && (
          <>
            <p>
              <code>{result.name}</code> {visible(result.detail)}
            </p>
            <ul>
              {result.recipients.map(({ address, reply, verdict }) => (
                <li key={address} class="released">
                  <Pill verdict={verdict} />
                  <span>
                    {visible(address)}
                    <br />
                    <small>{visible(reply)}</small>
                  </span>
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
    </section>
  )
}

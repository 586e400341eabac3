import type { Attempt, Entry, Recipient } from "./api.js"
import { clock, fromNow, nameOf, plural, span, visible } from "./format.js"
import { Pill } from "./pill.js"
import { address, cancel, resolve, retry, type State } from "./state.js"

const why: Readonly<Record<string, string>> = {
  rejected: "refused for good",
  gaveUp: "its time has passed",
  notSendable: "the server lacks what it needs, or its octets cannot be read",
  lost: "its runner died, or lost its lease, while it was being sent",
  unanswered: "the connection was lost before the server replied",
  resolved: "a person said what became of it"
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`

const twice = "The recipients may get this message twice. Send it again?"

const Decision = ({ entry: { id, reason, recipients } }: { readonly entry: Entry }) => (
  <section class="decide" aria-label="Decision">
    <h2>It may have been sent, and it may not</h2>
    <p>
      {`${sentence(visible(why[reason ?? ""] ?? "nothing more is known"))} `}
      {`${
        plural(recipients.filter(({ state }) => state === "unknown").length, "recipient")
      } may have a copy. `}
      The dialogue below shows how far it came; the log of the server knows the rest.
    </p>
    <div class="actions">
      <button class="btn main" type="button" onClick={() => resolve(id, "delivered")}>
        It arrived: mark as accepted
      </button>
      <button class="btn danger" type="button" onClick={() => confirm(twice) && resolve(id, "resend")}>
        Send it again
      </button>
      <button class="link" type="button" onClick={() => resolve(id, "failed")}>It did not arrive, and shall not</button>
    </div>
  </section>
)

const Actions = ({ entry: { id, state } }: { readonly entry: Entry }) => {
  switch (state) {
    case "failed":
      return <button class="btn" type="button" onClick={() => retry(id)}>Try again</button>
    case "queued":
    case "scheduled":
    case "claimed":
      return <button class="btn" type="button" onClick={() => cancel(id)}>Cancel</button>
    default:
      return null
  }
}

const Facts = ({ entry }: { readonly entry: Entry }) => {
  const { createdAt, dueAt, envelope, giveUpAt, key, mailer, messageId, priority, reason, settledAt, size, state } =
    entry
  const isOpen = state === "queued" || state === "scheduled"
  const rows: ReadonlyArray<readonly [string, string | undefined]> = [
    ["Id", entry.id],
    ["Key", key ?? undefined],
    ["Mailer", `${mailer}${priority === 0 ? "" : `, priority ${priority}`}`],
    ["Message-ID", messageId],
    ["From", envelope === null ? "erased" : envelope.from === "" ? "<>" : envelope.from],
    ["Size", `${size.toLocaleString("en")} octets`],
    ["Queued", clock(createdAt)],
    ["Due", isOpen ? `${clock(dueAt)}, ${fromNow(dueAt)}` : undefined],
    ["Gives up", isOpen ? `${clock(giveUpAt)}, ${fromNow(giveUpAt)}` : undefined],
    ["Settled", settledAt === null ? undefined : clock(settledAt)],
    ["Because", reason === null ? undefined : why[reason] ?? reason],
    ["Last error", entry.lastError ?? undefined]
  ]
  return (
    <table class="detail">
      <tbody>
        {rows.map(([name, value]) =>
          value === undefined ? null : (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{visible(value)}</td>
            </tr>
          )
        )}
      </tbody>
    </table>
  )
}

/** The text of a reply often begins with its enhanced code. */
const replyOf = ({ reply }: Recipient): string => {
  if (reply === undefined) return ""
  const { code, enhancedCode = "", text } = reply
  return [String(code), text.startsWith(enhancedCode) ? "" : enhancedCode, text].filter((part) => part !== "").join(" ")
}

const maxRecipients = 200

const Recipients = ({ recipients }: { readonly recipients: ReadonlyArray<Recipient> }) => (
  <section>
    <h2>{plural(recipients.length, "recipient")}</h2>
    {recipients.length === 0 ? <p>They were erased.</p> : (
      <ul class="who-got">
        {recipients.slice(0, maxRecipients).map((recipient) => (
          <li key={recipient.address}>
            <code>{visible(recipient.address)}</code>
            <span>
              <Pill state={recipient.state} /> {visible(replyOf(recipient))}
            </span>
          </li>
        ))}
      </ul>
    )}
    {recipients.length > maxRecipients && <p class="note">and {plural(recipients.length - maxRecipients, "more")}</p>}
  </section>
)

const toneOf = (line: string): string =>
  /^[>›]|^C: /.test(line) ? "client" : /^(?:[<‹] ?|S: )?[45]\d\d[ -]/.test(line) ? "bad" : ""

const lasted = ({ endedAt, startedAt }: Attempt): string =>
  startedAt === null
    ? "ended before anything could have been sent"
    : endedAt === null
    ? "was never heard of again"
    : `took ${span(new Date(endedAt).getTime() - new Date(startedAt).getTime())}`

const Tries = ({ history }: { readonly history: ReadonlyArray<Attempt> }) => (
  <section>
    <h2>{history.length === 0 ? "Not tried yet" : plural(history.length, "try", "tries")}</h2>
    <ol class="tries">
      {[...history].reverse().map((one) => (
        <li key={one.fence}>
          <header>
            <b>{visible(one.outcome ?? "No outcome")}</b>
            <span>
              {one.startedAt === null ? one.endedAt === null ? "" : clock(one.endedAt) : clock(one.startedAt)}
            </span>
            <span>{lasted(one)}</span>
            <span>{`by ${visible(one.owner)}`}</span>
          </header>
          {one.detail !== null && one.detail.trim() !== "" && (
            <pre tabIndex={0} role="region" aria-label={`Dialogue of try ${one.fence}`}>
              {visible(one.detail).split("\n").map((line, i) => <span key={i} class={toneOf(line)}>{`${line}\n`}</span>)}
            </pre>
          )}
        </li>
      ))}
    </ol>
  </section>
)

export const EntryView = ({ entry, state: { said } }: { readonly entry: Entry; readonly state: State }) => (
  <section class="page">
    <div class="back">
      <a class="btn quiet" href={address(undefined)}>← Messages</a>
    </div>
    <div>
      <div class="top">
        <h1>{nameOf(entry)}</h1>
        <Actions entry={entry} />
      </div>
      <p class="by">
        <Pill state={entry.state} /> {plural(entry.attempts, "try", "tries")}
      </p>
    </div>
    {said !== undefined && <p class={said.isBad ? "said bad" : "said"} role="status">{said.text}</p>}
    {entry.state === "unknown" && <Decision entry={entry} />}
    <Recipients recipients={entry.recipients} />
    <Tries history={entry.history} />
    <section>
      <h2>About it</h2>
      <Facts entry={entry} />
    </section>
  </section>
)

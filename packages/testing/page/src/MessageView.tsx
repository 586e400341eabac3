import { useState } from "preact/hooks"
import type { Detail, Recipient } from "./api.js"
import { day, nameOf, plural, subjectOf, timeOfDay, visible } from "./format.js"
import { Bin, Download } from "./icons.js"
import { PreviewForm } from "./Previews.js"
import { go, leave, set, type State, type Tab, tabs } from "./state.js"
import { TabPanel } from "./tabs/TabPanel.js"
import { Pill } from "./verdict.js"

const isFine = ({ verdict }: Recipient): boolean => verdict === "accepted"

const RecipientRow = ({ isFirst, isUnsent, recipient }: {
  readonly recipient: Recipient
  readonly isFirst: boolean
  readonly isUnsent: boolean
}) => (
  <tr class={isFine(recipient) ? "fine" : ""}>
    {isFirst ? <th scope="row">RCPT TO</th> : <td class="lead" />}
    <td>{visible(recipient.address)}</td>
    <td>{recipient.field}</td>
    <td>
      {!isUnsent && <Pill verdict={recipient.verdict} />} {visible(recipient.reply)}
    </td>
  </tr>
)

const maxRows = 50

const docs = "https://github.com/effect-mail/effect-mail/blob/main/docs"

/** Where a result is explained: what an error means, and what to do about it. */
const explanationOf = (name: string): string => `${docs}/${name === "DeliveryReport" ? "smtp.md" : "errors.md"}`

const said = ({ detail, name }: Detail["outcome"]) => (
  <span class="note">
    Your program got {name === "" ? null : (
      <a href={explanationOf(name)} target="_blank" rel="noopener noreferrer">
        <code>{name}</code>
      </a>
    )} {visible(detail)}
  </span>
)

const EnvelopeView = ({ detail }: { readonly detail: Detail }) => {
  // Nothing was sent: there are no verdicts.
  const isUnsent = detail.source === "folder" || detail.source === "preview"
  const [showsAll, setShowsAll] = useState(isUnsent)
  const { auth, from, fromReply, recipients, tls } = detail.envelope
  const accepted = recipients.filter(isFine).length
  const sorted = recipients.length > maxRows
    ? [...recipients.filter((one) => !isFine(one)), ...recipients.filter(isFine)]
    : recipients
  return (
    <section class={showsAll ? "env all" : "env"} aria-label="Envelope">
      <header>
        <strong>Envelope</strong>
        <span>
          {isUnsent
            ? plural(recipients.length, "recipient")
            : `${accepted} of ${plural(recipients.length, "recipient")} accepted`}
        </span>
        {isUnsent
          ? <span class="note">{detail.outcome.detail}</span>
          : said(detail.outcome)}
        <span class="sp">{[tls, auth].filter((one) => one !== "").join(" · ")}</span>
      </header>
      <table>
        <tbody>
          <tr class="fine">
            <th scope="row">MAIL FROM</th>
            <td>{from === "" ? "<>" : visible(from)}</td>
            <td>{detail.size === 0 ? "" : detail.fromField}</td>
            <td>{visible(fromReply)}</td>
          </tr>
          {sorted.slice(0, maxRows).map((recipient, i) => (
            <RecipientRow key={i} recipient={recipient} isFirst={i === 0} isUnsent={isUnsent} />
          ))}
        </tbody>
      </table>
      {recipients.length > maxRows && <p class="note more-rows">and {plural(recipients.length - maxRows, "more")}</p>}
      <button
        class="more link"
        type="button"
        onClick={() => setShowsAll(!showsAll)}
      >
        {showsAll ? "Show what failed" : `Show sender and ${accepted} accepted`}
      </button>
    </section>
  )
}

const titles: Readonly<Record<Tab, string>> = {
  message: "Message",
  text: "Text",
  parts: "Parts",
  headers: "Headers",
  source: "Source",
  dialogue: "Dialogue",
  checks: "Checks"
}

/** By the ARIA pattern: one tab is in the order of focus, arrows go to the others. */
const Tabs = (
  { hasDialogue, id, state }: { readonly id: number; readonly state: State; readonly hasDialogue: boolean }
) => {
  const findings = state.checks?.findings.filter(({ grade }) => grade !== "taste").length ?? 0
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0
    if (step === 0) return
    event.preventDefault()
    event.stopPropagation()
    const next = tabs[(tabs.indexOf(state.tab) + step + tabs.length) % tabs.length] ?? "message"
    go(id, next)
    document.getElementById(`tab-${next}`)?.focus()
  }
  return (
    <div class="tabs" role="tablist" aria-label="Views of the message" onKeyDown={onKeyDown}>
      {tabs.filter((tab) => hasDialogue || tab !== "dialogue").map((tab) => (
        <a
          key={tab}
          id={`tab-${tab}`}
          role="tab"
          href={`#/${id}${tab === "message" ? "" : `/${tab}`}`}
          aria-selected={tab === state.tab}
          aria-controls="panel"
          tabIndex={tab === state.tab ? 0 : -1}
        >
          {titles[tab]}
          {tab === "checks" && findings > 0 && <span class="n">{findings}</span>}
        </a>
      ))}
    </div>
  )
}

export const MessageView = ({ detail, state }: { readonly detail: Detail; readonly state: State }) => {
  const preview = state.previews.find(({ message }) => message === detail.id)
  return (
    <>
      <div class="back">
        <a class="btn quiet" href="#/">← Inbox</a>
      </div>
      <div class="head">
        <div class="top">
          <h1>{subjectOf(detail)}</h1>
          {state.status?.relay !== null && state.status !== undefined && detail.size > 0 && (
            <button
              class="btn"
              type="button"
              aria-expanded={state.panel === "release"}
              onClick={() => set({ panel: state.panel === "release" ? undefined : "release" })}
            >
              Release
            </button>
          )}
          <a class="btn" href={`api/messages/${detail.id}/download`} download="" aria-label="Download as .eml">
            <Download />
            <span>.eml</span>
          </a>
          {preview === undefined && (
            <button
              class="btn"
              type="button"
              aria-label="Delete, key d"
              onClick={() => leave(detail.id)}
            >
              <Bin />
            </button>
          )}
        </div>
        <p class="by">
          <b>{nameOf(detail.from)}</b> {detail.from.name === "" ? "" : visible(detail.from.address)}
          {` · ${day(detail.time).toLowerCase()} at ${timeOfDay(detail.time)}`}
          {detail.source === "smtp" && `, ${detail.envelope.duration.toLocaleString("en")} ms on the wire`}
        </p>
        {preview !== undefined && <PreviewForm key={preview.id} preview={preview} state={state} />}
        <EnvelopeView key={detail.id} detail={detail} />
        {detail.cuts.length > 0 && (
          <p class="warn" role="note">
            This message is broken: {detail.cuts.join("; ")}. <a href={`#/${detail.id}/source`}>See the source</a>
          </p>
        )}
      </div>
      <Tabs id={detail.id} state={state} hasDialogue={detail.source !== "preview"} />
      <div id="panel" role="tabpanel" aria-labelledby={`tab-${state.tab}`} tabIndex={-1}>
        <TabPanel detail={detail} state={state} />
      </div>
    </>
  )
}

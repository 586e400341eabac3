import { useState } from "preact/hooks"
import { sendTest, type State } from "./state.js"

const Way = ({ text, title }: { readonly title: string; readonly text: string }) => {
  const [isCopied, setCopied] = useState(false)
  const copy = (): void => {
    void navigator.clipboard.writeText(text).then(() => {
      setCopied(true)
      setTimeout(() => setCopied(false), 1_500)
    })
  }
  return (
    <section class="way">
      <h2>
        {title}
        <button class="link" type="button" onClick={copy}>{isCopied ? "Copied" : "Copy"}</button>
      </h2>
      <pre tabIndex={0}>{text}</pre>
    </section>
  )
}

export const Empty = ({ state: { status } }: { readonly state: State }) => {
  const smtp = status?.smtp ?? undefined
  const host = smtp?.host ?? "127.0.0.1"
  const port = smtp?.port ?? 1025
  return (
    <section class="empty">
      <h1>{smtp === undefined ? "No message yet" : "Send your first message"}</h1>
      {smtp === undefined ? <p>What arrives appears here at once.</p> : (
        <>
          <p>Any program, any user, any password. It stays on this machine.</p>
          <Way title="Any effect-mail program" text={`EMAIL_URL=smtp://${host}:${port} npm start`} />
          <Way
            title="In code"
            text={`const MailLive = Smtp.layer({\n  host: "${host}", port: ${port}, tls: "none"\n})`}
          />
          <Way
            title="From a shell"
            text={`EMAIL_URL=smtp://${host}:${port} \\\n  npx effect-mail send --from me@example.com \\\n  --to you@example.com --subject Hello --text Hi`}
          />
        </>
      )}
      <button class="btn main" type="button" onClick={sendTest}>Send a test message</button>
    </section>
  )
}

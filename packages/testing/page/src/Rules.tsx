import { useState } from "preact/hooks"
import * as Api from "./api.js"
import { plural } from "./format.js"
import { set, setRules, type State } from "./state.js"

type Kind = Api.Spec["kind"]

const kinds: ReadonlyArray<readonly [kind: Kind, words: string]> = [
  ["refuse", "Refuse recipients"],
  ["defer", "Defer recipients"],
  ["defer-once", "Defer each the first time"],
  ["refuse-message", "Refuse the message after the dot"],
  ["refuse-sender", "Refuse senders"],
  ["drop", "Drop after the dot, keep it"],
  ["wait", "Wait before the reply to the dot"],
  ["reset", "Reset while the message comes"],
  ["sometimes", "Refuse one command in some"],
  ["refuse-login", "Refuse the login"],
  ["no-starttls", "Offer no STARTTLS"]
]

const withPattern = new Set<Kind>(["refuse", "defer", "defer-once", "refuse-message", "refuse-sender", "drop"])
const withCode = new Set<Kind>(["refuse", "defer", "defer-once", "refuse-message", "refuse-sender", "sometimes"])
const defaultCodes: Partial<Record<Kind, number>> = {
  defer: 450,
  "defer-once": 450,
  "refuse-message": 554,
  sometimes: 421
}

const times = (spoke: number): string =>
  spoke === 0 ? "" : spoke === 1 ? "spoke once" : `spoke ${plural(spoke, "time")}`

const Adding = ({ onDone }: { readonly onDone: () => void }) => {
  const [kind, setKind] = useState<Kind>("refuse")
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    const form = event.currentTarget
    if (!(form instanceof HTMLFormElement)) return
    const data = new FormData(form)
    const text = (name: string): string => String(data.get(name) ?? "").trim()
    const number = (name: string): number => Number(text(name))
    setRules(Api.addRule({
      kind,
      ...withPattern.has(kind) && text("pattern") !== "" ? { pattern: text("pattern") } : {},
      ...withCode.has(kind) ? { code: number("code") } : {},
      ...withCode.has(kind) && text("text") !== "" ? { text: text("text") } : {},
      ...kind === "wait" ? { seconds: number("amount") } : {},
      ...kind === "reset" ? { kilobytes: number("amount") } : {},
      ...kind === "sometimes" ? { oneIn: number("amount") } : {}
    }))
    onDone()
  }
  const amount = kind === "wait"
    ? "Seconds"
    : kind === "reset"
    ? "After KB"
    : kind === "sometimes"
    ? "One in"
    : undefined
  return (
    <form class="adding" onSubmit={submit}>
      <label>
        What
        <select name="kind" value={kind} onChange={({ currentTarget }) => setKind(currentTarget.value as Kind)}>
          {kinds.map(([value, words]) => <option key={value} value={value}>{words}</option>)}
        </select>
      </label>
      {withPattern.has(kind) && (
        <label>
          Address
          <input name="pattern" placeholder="*@fail.test" autoComplete="off" spellcheck={false} maxLength={320} />
        </label>
      )}
      {withCode.has(kind) && (
        <>
          <label class="short">
            Code
            <input
              name="code"
              type="number"
              min={400}
              max={599}
              required
              key={kind}
              defaultValue={defaultCodes[kind] ?? 550}
            />
          </label>
          <label>
            Words
            <input name="text" placeholder="5.1.1 no such user" autoComplete="off" maxLength={400} pattern="[ -~]*" />
          </label>
        </>
      )}
      {amount !== undefined && (
        <label class="short">
          {amount}
          <input
            name="amount"
            type="number"
            min={1}
            max={3600}
            required
            key={kind}
            defaultValue={kind === "reset" ? 64 : 20}
          />
        </label>
      )}
      <div class="actions">
        <button class="btn" type="submit">Switch it on</button>
        <button class="link" type="button" onClick={onDone}>Cancel</button>
      </div>
    </form>
  )
}

export const Rules = ({ state }: { readonly state: State }) => {
  const [isAdding, setAdding] = useState(false)
  return (
    <section class="pop" aria-label="Rules">
      <h2>Make it fail</h2>
      <p>
        The server does this from the next command on. Your tests can play the same rules with <code>SmtpScript</code>.
      </p>
      <ul>
        {state.rules.map((rule) => (
          <li key={rule.id}>
            <button
              class="sw"
              type="button"
              role="switch"
              aria-checked={rule.isOn}
              aria-label={rule.label}
              onClick={() => setRules(Api.switchRule(rule.id, !rule.isOn))}
            />
            <span>
              {rule.label}
              <br />
              <small>{rule.detail}</small>
            </span>
            <small>{times(rule.spoke)}</small>
          </li>
        ))}
      </ul>
      {isAdding ? <Adding onDone={() => setAdding(false)} /> : (
        <footer>
          <button class="btn" type="button" onClick={() => setAdding(true)}>Add a rule</button>
          <button class="link" type="button" onClick={() => setRules(Api.rulesOff())}>All off</button>
          <span class="end">
            or mail to <code>550@fail.test</code>
          </span>
          <button class="link only-narrow" type="button" onClick={() => set({ panel: undefined })}>Close</button>
        </footer>
      )}
    </section>
  )
}

const keys: ReadonlyArray<readonly [keys: string, what: string]> = [
  ["j k ↓ ↑", "next, previous message"],
  ["Enter", "open"],
  ["/", "search"],
  ["1 – 7", "tabs"],
  ["w", "width of the message"],
  ["c", "light or dark message"],
  ["i", "load outside images once"],
  ["d", "delete"],
  ["z", "undo"],
  ["r", "rules"],
  ["g", "newest message"],
  ["?", "this list"],
  ["Esc", "back"]
]

export const Keys = () => (
  <section class="pop" aria-label="Keys">
    <h2>Keys</h2>
    <dl class="keys">
      {keys.map(([key, what]) => (
        <div key={key}>
          <dt>{key.split(" ").map((one) => one === "–" ? "–" : <kbd key={one}>{one}</kbd>)}</dt>
          <dd>{what}</dd>
        </div>
      ))}
    </dl>
  </section>
)

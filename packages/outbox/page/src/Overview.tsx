import type { MessageState, Overview as Counted, Pause } from "./api.js"
import { clock, count, fromNow, span, visible } from "./format.js"
import { address, filterAddress, pause, resume, type State, states } from "./state.js"

const sum = ({ counts }: Counted, wanted: ReadonlyArray<MessageState>): number =>
  counts.filter(({ state }) => wanted.includes(state)).reduce((total, one) => total + one.count, 0)

const Facts = ({ overview }: { readonly overview: Counted }) => (
  <dl class="facts">
    <div>
      <dt>Waiting</dt>
      <dd>
        {count(sum(overview, ["queued", "scheduled"]))}
        <small>{`${count(sum(overview, ["scheduled"]))} of them for later`}</small>
      </dd>
    </div>
    <div>
      <dt>Oldest due</dt>
      <dd>
        {overview.oldestDue === null ? "–" : span(Date.now() - new Date(overview.oldestDue).getTime())}
        <small>{overview.oldestDue === null ? "nothing waits" : `since ${clock(overview.oldestDue)}`}</small>
      </dd>
    </div>
    <div>
      <dt>On the way</dt>
      <dd>{count(sum(overview, ["claimed", "sending"]))}</dd>
    </div>
    <div>
      <dt>Outcome unknown</dt>
      <dd>
        {count(sum(overview, ["unknown"]))}
        <small>
          {sum(overview, ["unknown"]) === 0
            ? "nothing to decide"
            : <a href={filterAddress({ state: "unknown", mailer: undefined })}>each wants a decision</a>}
        </small>
      </dd>
    </div>
  </dl>
)

const toneOf = (state: MessageState): string => state === "failed" ? "bad" : state === "unknown" ? "unsure" : ""

const Counts = ({ overview }: { readonly overview: Counted }) => {
  const mailers = Array.from(new Set(overview.counts.map(({ mailer }) => mailer))).sort()
  const shown = states.filter((state) => overview.counts.some((one) => one.state === state))
  if (mailers.length === 0) return <p>Nothing was queued yet.</p>
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Messages by mailer and state">
      <table class="counts">
        <thead>
          <tr>
            <th scope="col">Mailer</th>
            {shown.map((state) => <th key={state} scope="col">{state}</th>)}
          </tr>
        </thead>
        <tbody>
          {mailers.map((mailer) => (
            <tr key={mailer}>
              <th scope="row">{visible(mailer)}</th>
              {shown.map((state) => {
                const found = overview.counts.find((one) => one.mailer === mailer && one.state === state)
                return (
                  <td key={state} class={toneOf(state)}>
                    {found === undefined ? "–" : <a href={filterAddress({ state, mailer })}>{count(found.count)}</a>}
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

const Paused = ({ pauses }: { readonly pauses: ReadonlyArray<Pause> }) => (
  <ul class="pauses">
    {pauses.map(({ mailer, reason, until }) => (
      <li key={mailer}>
        <p>
          <b>{visible(mailer)}</b> {visible(reason)}
          <small>{`until ${clock(until)}, ${fromNow(until)}`}</small>
        </p>
        <button class="btn" type="button" onClick={() => resume(mailer)}>Resume</button>
      </li>
    ))}
  </ul>
)

const lengths: ReadonlyArray<readonly [seconds: number, words: string]> = [
  [900, "15 minutes"],
  [3_600, "1 hour"],
  [28_800, "8 hours"],
  [86_400, "1 day"],
  [604_800, "1 week"]
]

const Pausing = ({ mailers }: { readonly mailers: ReadonlyArray<string> }) => {
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    const form = event.currentTarget
    if (!(form instanceof HTMLFormElement)) return
    const data = new FormData(form)
    const text = (name: string): string => String(data.get(name) ?? "")
    pause(text("mailer"), Number(text("seconds")), text("reason").trim())
    form.reset()
  }
  return (
    <form class="pausing" onSubmit={submit}>
      <label>
        Mailer
        <select name="mailer">
          {mailers.map((mailer) => <option key={mailer} value={mailer}>{visible(mailer)}</option>)}
        </select>
      </label>
      <label>
        For
        <select name="seconds">
          {lengths.map(([value, words]) => <option key={value} value={value}>{words}</option>)}
        </select>
      </label>
      <label>
        Reason
        <input name="reason" required maxLength={200} autoComplete="off" placeholder="who did it, and why" />
      </label>
      <button class="btn" type="submit">Pause</button>
    </form>
  )
}

export const Overview = ({ state: { overview, said } }: { readonly state: State }) => {
  if (overview === undefined) return <div class="waiting" aria-busy="true" />
  const mailers = Array.from(new Set(overview.counts.map(({ mailer }) => mailer))).sort()
  return (
    <section class="page">
      <div class="back">
        <a class="btn quiet" href={address(undefined)}>← Messages</a>
      </div>
      <h1>Outbox</h1>
      {said !== undefined && <p class={said.isBad ? "said bad" : "said"} role="status">{said.text}</p>}
      <Facts overview={overview} />
      <section>
        <h2>By mailer and state</h2>
        <Counts overview={overview} />
      </section>
      <section>
        <h2>Paused mailers</h2>
        {overview.pauses.length === 0 ? <p>None: every mailer sends.</p> : <Paused pauses={overview.pauses} />}
      </section>
      {mailers.length > 0 && (
        <section>
          <h2>Pause a mailer</h2>
          <Pausing mailers={mailers} />
        </section>
      )}
    </section>
  )
}

/**
 * The scenarios of `smtp_faults.json`, and the scripts that play them.
 */
import * as Vectors from "@effect-mail/test-kit/Vectors"
import { SmtpScript } from "@effect-mail/testing"

type Step = {
  readonly on: SmtpScript.Event
  readonly conn?: number
  readonly nth?: number
  readonly secure?: boolean
  readonly afterBytes?: number
  readonly do: ReadonlyArray<Deed>
}

type Deed =
  | { readonly send: string }
  | { readonly sendHex: string }
  | { readonly trickle: string; readonly everyMs: number; readonly chunk?: number }
  | { readonly repeat: string; readonly times: number; readonly everyMs?: number }
  | { readonly fill: string; readonly count: number }
  | { readonly wait: number }
  | { readonly [K in keyof typeof simpleDeeds]: { readonly [_ in K]: true } }[keyof typeof simpleDeeds]

export type Class =
  | "success"
  | "partial"
  | "transient"
  | "permanent"
  | "configuration"
  | "ambiguous"
  | "interrupted"

export interface Scenario {
  readonly id: string
  readonly title: string
  readonly server: {
    readonly tls: "none" | "implicit"
    readonly cert: keyof typeof certificates
    readonly ehlo: ReadonlyArray<string>
    readonly closedPort?: boolean
    readonly blackhole?: boolean
  }
  readonly steps: ReadonlyArray<Step>
  readonly client: {
    readonly to?: ReadonlyArray<string>
    readonly text?: string
    readonly bodyBytes?: number
    readonly messages?: number
    readonly gapMs?: number
    readonly interruptAfterMs?: number
    readonly sourceStallAt?: number
    readonly auth?: boolean
    readonly allowPlaintextAuth?: boolean
    readonly tls?: "none" | "default" | "required" | "implicit"
  }
  readonly expect: {
    readonly class: string
    readonly delivery: "none" | "some" | "all" | "unknown" | "any"
    readonly tag: string
    readonly left: ReadonlyArray<string>
  }
}

const certificates = {
  valid: "valid",
  selfsigned: "selfSigned",
  expired: "expired",
  wronghost: "wrongHost"
} as const

const simpleDeeds = {
  hang: SmtpScript.hang,
  fin: SmtpScript.fin,
  rst: SmtpScript.rst,
  stopReading: SmtpScript.stopReading,
  startTls: SmtpScript.startTls,
  garbageTls: SmtpScript.garbageTls,
  default: SmtpScript.proceed,
  accept: SmtpScript.accept,
  markRcpt: SmtpScript.acceptRecipient,
  enterData: SmtpScript.beginData
}

const isSimple = (name: string): name is keyof typeof simpleDeeds => name in simpleDeeds

const toAction = (deed: Deed): SmtpScript.Action => {
  if ("send" in deed) return SmtpScript.send(deed.send)
  if ("sendHex" in deed) return SmtpScript.send(Buffer.from(deed.sendHex, "hex"))
  if ("trickle" in deed) return SmtpScript.trickle(deed.trickle, { every: deed.everyMs, size: deed.chunk })
  if ("repeat" in deed) return SmtpScript.repeat(deed.repeat, { times: deed.times, every: deed.everyMs })
  if ("fill" in deed) return SmtpScript.repeat(deed.fill, { times: deed.count })
  if ("wait" in deed) return SmtpScript.wait(deed.wait)
  const [name = ""] = Object.keys(deed)
  if (!isSimple(name)) throw new Error(`no action ${name}`)
  return simpleDeeds[name]
}

const toRule = (step: Step): SmtpScript.Rule =>
  SmtpScript.on(
    {
      event: step.on,
      connection: step.conn,
      occurrence: step.nth,
      isSecure: step.secure,
      afterOctets: step.afterBytes
    },
    ...step.do.map(toAction)
  )

export const toScript = ({ server, steps }: Scenario): SmtpScript.Script =>
  SmtpScript.make({
    tls: server.tls,
    certificate: certificates[server.cert],
    extensions: server.ehlo,
    port: server.closedPort === true ? "closed" : server.blackhole === true ? "unanswered" : "open",
    rules: steps.map(toRule)
  })

/** What the server of a scenario would have been without its faults. */
export const toCalmScript = (scenario: Scenario): SmtpScript.Script =>
  SmtpScript.make({
    tls: scenario.client.tls === "implicit" ? "implicit" : "none",
    extensions: ["PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 10485760", "STARTTLS", "AUTH PLAIN LOGIN"]
  })

/**
 * Where the file says something else than the library, and why.
 */
const decisions: Readonly<Record<string, ReadonlyArray<Class>>> = {
  // A server that waits for a handshake is as silent as a slow one: a client cannot tell them apart.
  "plain-client-implicit-server": ["transient"],
  // A server that does not speak the protocol is for the operator to see to, whatever becomes of the message.
  "data-250-instead-of-354": ["success", "permanent", "configuration"],
  // Where the fragment comes after the client has begun the handshake, it is no TLS.
  "starttls-response-injection-fragment": ["success", "permanent", "configuration"]
}

/** Which outcomes each message of a scenario may have. */
export const expected = ({ client, expect, id }: Scenario): ReadonlyArray<ReadonlyArray<Class>> => {
  const classes = decisions[id] ?? expect.class.split("-or-") as ReadonlyArray<Class>
  return Array.from({ length: client.messages ?? 1 }, (_, i): ReadonlyArray<Class> => {
    const isSuccess = expect.left.includes(`message-${i + 1}-is-success`) ||
      (i === 1 && expect.left.includes("second-attempt-succeeds"))
    return isSuccess ? ["success"] : classes
  })
}

export const scenarios: ReadonlyArray<Scenario> = JSON.parse(Vectors.json("smtp_faults")).entries

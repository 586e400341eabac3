import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { Client, type Mail, mailOf, told, type Way } from "./Client.js"
import { Peer, type Plan } from "./Peer.js"

const ok = { weight: 5, arbitrary: fc.constantFrom(250, 250, 250, 251) }
const no = { weight: 2, arbitrary: fc.constantFrom(450, 550, 552) }
const bye = { weight: 1, arbitrary: fc.constantFrom(250, 250, 421) }
const odd = { weight: 1, arbitrary: fc.constantFrom(199, 300, 399, 600) }

const codes = (...choices: ReadonlyArray<fc.WeightedArbitrary<number>>) =>
  fc.array(fc.oneof(...choices), { minLength: 1, maxLength: 5 })

const go = { weight: 5, arbitrary: fc.constant(354) }
const noCommand = { weight: 1, arbitrary: fc.constantFrom(451, 503, 554) }

/** A server that means what it says. It may answer 5yz or 4yz to anything but RSET, and leave with 421. */
const abiding: fc.Arbitrary<Plan> = fc.record({
  MAIL: codes(ok, no, bye),
  RCPT: codes(ok, no, bye),
  DATA: codes(go, noCommand),
  RSET: codes(ok, bye),
  end: codes(ok, no, bye),
  isDeafBehind: fc.constant(false),
  strays: fc.constant({})
})

/** One that never goes by itself. */
const lasting: fc.Arbitrary<Plan> = fc.record({
  MAIL: codes(ok, no),
  RCPT: codes(ok, no),
  DATA: codes(go, noCommand),
  RSET: codes(ok),
  end: codes(ok, no),
  isDeafBehind: fc.boolean(),
  strays: fc.constant({})
})

const stray = fc.constantFrom(
  "250 more\r\n",
  "550 more\r\n",
  "25",
  "421 bye\r\n",
  "what?\r\n",
  "\r\n",
  "250-a\r\n",
  "503 x\r\n250 y\r\n"
)

const lying: fc.Arbitrary<Plan> = fc.record({
  MAIL: codes(ok, no, bye, odd),
  RCPT: codes(ok, no, bye, odd),
  DATA: codes(go, noCommand, odd, ok),
  RSET: codes(ok, bye, odd, no),
  end: codes(ok, no, bye, odd),
  isDeafBehind: fc.boolean(),
  strays: fc.dictionary(fc.integer({ min: 0, max: 20 }).map(String), stray, { maxKeys: 3 })
})

interface Script {
  readonly mails: ReadonlyArray<readonly [recipients: number, way: Way]>
  /** What happens next, each time: which thing, and how much of it. */
  readonly steps: ReadonlyArray<readonly [what: number, size: number]>
}

const script = (...ways: ReadonlyArray<Way>): fc.Arbitrary<Script> =>
  fc.record({
    mails: fc.array(fc.tuple(fc.integer({ min: 1, max: 2 }), fc.constantFrom(...ways)), { minLength: 1, maxLength: 5 }),
    steps: fc.array(fc.tuple(fc.nat(99), fc.nat(60)), { maxLength: 120 })
  })

interface Played {
  readonly client: Client
  readonly peer: Peer
  /** Whether only the server had a hand in how it ended. */
  isUndisturbed: boolean
}

type Disturbance = "calm" | "rough"

/** Content that was asked for is written: at once, or the end of it later. */
const supply = (client: Client, mail: Mail, supplied: Set<Mail>): boolean => {
  if (!mail.isAsked || mail.isOver || mail.progress !== "Body" || !client.session.isOpen) return false
  if (mail.letter.content !== undefined) client.session.commit(mail)
  else if (supplied.has(mail)) client.finish(mail)
  else {
    supplied.add(mail)
    client.writePiece(mail)
    return true
  }
  return mail.progress !== "Body"
}

const play = (plan: Plan, { mails, steps }: Script, chunks: number, disturbance: Disturbance): Played => {
  const client = Client.ready({ pipelining: "messages", chunks }, "PIPELINING", "CHUNKING")
  const peer = new Peer(plan)
  const played: Played = { client, peer, isUndisturbed: true }
  const waiting = mails.map(([recipients, way], i) => mailOf(i + 1, recipients, way))
  const supplied = new Set<Mail>()
  let onTheWay = Buffer.alloc(0)
  const submit = (): boolean => {
    const mail = waiting.shift()
    if (mail !== undefined) client.submit(mail)
    return mail !== undefined
  }
  const send = (size: number): boolean => {
    onTheWay = Buffer.concat([onTheWay, Buffer.from(client.take(), "latin1")])
    const octets = onTheWay.subarray(0, size)
    onTheWay = onTheWay.subarray(size)
    peer.receive(octets)
    return octets.length > 0
  }
  const hear = (size: number): boolean => {
    const octets = peer.said.subarray(0, size)
    peer.said = peer.said.subarray(size)
    if (octets.length > 0) client.session.receive(octets)
    return octets.length > 0
  }
  const supplyAll = (): boolean => client.mails.some((mail) => supply(client, mail, supplied))
  const disturb = (what: number, size: number): void => {
    played.isUndisturbed = false
    const mail = client.mails[size % Math.max(1, client.mails.length)]
    if (what < 97 && mail !== undefined) client.session.cancel(mail)
    else if (what === 97) client.session.timedOut()
    else if (what === 98) client.session.lost()
    else client.session.quit()
  }
  for (const [what, size] of steps) {
    if (what < 15) submit()
    else if (what < 40) send(size)
    else if (what < 60) peer.step()
    else if (what < 85) hear(what < 75 ? size : 1)
    else if (what < 95 || disturbance === "calm") supplyAll()
    else disturb(what, size)
  }
  while (submit());
  while (send(Infinity) || peer.step() || hear(Infinity) || supplyAll());
  if (client.mails.some((mail) => !mail.isOver)) played.isUndisturbed &&= !client.session.isOpen
  client.session.lost()
  return played
}

const isAccepted = (end: string): boolean => /^(?:\w+ )*Accepted/.test(end)

/** Laws that hold whatever the server does, and whichever sender is interrupted. */
const broken = ({ client, peer }: Played, max: number): ReadonlyArray<string> => {
  const ends = client.mails.map(told)
  const laws = client.mails.flatMap((mail, i): ReadonlyArray<readonly [law: string, holds: boolean]> => {
    const end = ends[i] ?? ""
    const entries = peer.entries.filter(({ isWhole, number }) => isWhole && number === mail.number)
    const taken = entries.filter(({ code, to }) => code >= 200 && code < 300 && to.length > 0)
    const outcome = /^unknown|^message/.test(end) || isAccepted(end)
    return [
      ["it ends once", mail.isOver && mail.ends === 1],
      ["only what the server had as a whole is accepted", !isAccepted(end) || entries.length > 0],
      ["what the server took is not reported as not sent", taken.length === 0 || outcome],
      ["it is not sent again once the server had it", !end.includes("again") || entries.length === 0],
      ["the server has it once", entries.length <= 1]
    ]
  })
  const all: ReadonlyArray<readonly [law: string, holds: boolean]> = [
    ...laws,
    ["nothing is done once the connection is closed", client.late.length === 0 && client.closes <= 1],
    ["no more are unknown than may be under way", ends.filter((end) => end.startsWith("unknown")).length <= max]
  ]
  return all.flatMap(([law, holds]) => holds ? [] : [`${law}: ${ends.join(" | ")}`])
}

/** Where the server means what it says. */
const dishonest = ({ client, peer }: Played): ReadonlyArray<string> => {
  const laws = client.mails.flatMap((mail): ReadonlyArray<readonly [law: string, holds: boolean]> => {
    const end = told(mail)
    const entry = peer.entries.find(({ number }) => number === mail.number)
    const isTaken = entry !== undefined && entry.code >= 200 && entry.code < 300
    const statuses = end.replace(/^unknown: |, again$/g, "").split(" ")
    const accepted = mail.recipients.filter((_, i) => statuses[i] === "Accepted")
    return [
      ["accepted is what was taken", !isAccepted(end) || isTaken],
      ["taken is accepted or unknown", !isTaken || isAccepted(end) || end.startsWith("unknown")],
      ["for the recipients that were taken", !isAccepted(end) || accepted.join() === entry?.to.join()],
      ["refused is what was refused", !end.startsWith("message") || (entry !== undefined && !isTaken)]
    ]
  })
  return [...peer.faults, ...laws.flatMap(([law, holds]) => holds ? [] : [law])]
}

const isAscending = (numbers: ReadonlyArray<number>): boolean => numbers.every((n, i) => n >= (numbers[i - 1] ?? 0))

const numRuns = Number(process.env["FUZZ_RUNS"] ?? 400)

const all = ["whole", "gated", "pieces"] as const

describe("Messages that share a connection", () => {
  it("have the outcome that a server means, whatever comes between", () => {
    fc.assert(
      fc.property(abiding, script(...all), (plan, script) => {
        const played = play(plan, script, 0, "rough")
        assert.deepStrictEqual([...broken(played, 1), ...dishonest(played)], [])
        assert.isTrue(isAscending(played.peer.begun))
      }),
      { numRuns }
    )
  })

  it("are all settled by a server that stays", () => {
    fc.assert(
      fc.property(lasting, script(...all), (plan, script) => {
        const played = play(plan, script, 0, "calm")
        assert.deepStrictEqual([...broken(played, 1), ...dishonest(played)], [])
        const ends = played.client.mails.map(told)
        assert.isTrue(ends.every((end) => !/unknown|again|Lost|Protocol|Timeout/.test(end)), ends.join(" | "))
      }),
      { numRuns }
    )
  })

  it("are never reported as what they are not, whatever a server says", () => {
    fc.assert(
      fc.property(lying, script(...all), (plan, script) => {
        const played = play(plan, script, 0, "rough")
        assert.deepStrictEqual(broken(played, 1), [])
      }),
      { numRuns }
    )
  })
})

describe("Messages that go as chunks", () => {
  const window = fc.integer({ min: 1, max: 4 })

  it("have the outcome that a server means, and no more of them are unknown than may be under way", () => {
    fc.assert(
      fc.property(abiding, script("chunk"), window, (plan, script, window) => {
        const played = play(plan, script, window, "rough")
        assert.deepStrictEqual([...broken(played, window), ...dishonest(played)], [])
        assert.isTrue(isAscending(played.peer.begun))
      }),
      { numRuns }
    )
  })

  it("are all settled by a server that stays, also between others", () => {
    fc.assert(
      fc.property(lasting, script("chunk", "chunk", ...all), window, (plan, script, window) => {
        const played = play({ ...plan, isDeafBehind: false }, script, window, "calm")
        assert.deepStrictEqual([...broken(played, window + 1), ...dishonest(played)], [])
        const ends = played.client.mails.map(told)
        assert.isTrue(ends.every((end) => !/unknown|again|Lost|Protocol|Timeout/.test(end)), ends.join(" | "))
      }),
      { numRuns }
    )
  })

  it("are each unknown where the connection is lost with all of them under way", () => {
    for (const window of [1, 2, 3, 4]) {
      const client = Client.ready({ chunks: window }, "PIPELINING", "CHUNKING")
      for (let number = 1; number <= 6; number++) client.submit(mailOf(number, 1, "chunk"))
      client.session.lost()
      const ends = client.mails.map(told)
      assert.deepStrictEqual(ends.slice(0, window), Array.from({ length: window }, () => "unknown: Unknown"))
      assert.deepStrictEqual(ends.slice(window), Array.from({ length: 6 - window }, () => "Lost, again"))
    }
  })
})

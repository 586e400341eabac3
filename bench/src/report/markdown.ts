/** The results as Markdown: goals and ratios first. */
import { Option, Record } from "effect"
import { scale, type Summary } from "../harness/statistics.js"
import type * as FirstMessage from "../subjects/firstMessage.js"
import type * as Growth from "../subjects/growth.js"
import type * as Imports from "../subjects/imports.js"
import type * as Link from "../subjects/link.js"
import type * as Memory from "../subjects/memory.js"
import type * as Outbox from "../subjects/outbox.js"
import type * as OutboxDrain from "../subjects/outboxDrain.js"
import type * as Rendering from "../subjects/rendering.js"
import type * as Sending from "../subjects/sending.js"
import type * as Signing from "../subjects/signing.js"
import type { Goal, Judgement } from "./goals.js"
import type { Machine } from "./machine.js"
import { mebibyte } from "./measures.js"
import type { Results } from "./Results.js"

const number = (value: number): string => {
  const size = Math.abs(value)
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

const integer = (value: number): string => Math.round(value).toLocaleString("en")

/** The median, and the quartiles round it. */
const spread = ({ count, lower, median, upper }: Summary, unit = ""): string =>
  count === 1 ? `${number(median)}${unit}` : `${number(median)}${unit} (${number(lower)} - ${number(upper)})`

const row = (cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`

const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [row(head), row(head.map((_, i) => i === 0 ? "---" : "---:")), ...rows.map(row)].join("\n")

const section = (title: string, ...paragraphs: ReadonlyArray<string>): string =>
  [`## ${title}`, ...paragraphs].join("\n\n")

const bound = ({ bound, isMaximum, unit }: Goal): string => `at ${isMaximum ? "most" : "least"} ${bound}${unit}`

const list = (title: string, judgements: ReadonlyArray<Judgement>): ReadonlyArray<string> =>
  judgements.length === 0 ? [] : [[title, ...judgements.map(({ goal }) => `- ${goal.name}`)].join("\n")]

const goals = (judgements: ReadonlyArray<Judgement>): string => {
  const measured = judgements.filter(({ value }) => Option.isSome(value))
  return section(
    "The goals",
    table(
      ["", "goal", "measured", "reached"],
      judgements.flatMap(({ goal, isReached, value }) =>
        Option.match(value, {
          onNone: () => [],
          onSome: (summary) => [[goal.name, bound(goal), spread(summary, goal.unit), isReached ? "yes" : "**no**"]]
        })
      )
    ),
    ...list("Not reached:", measured.filter(({ isReached }) => !isReached)),
    ...list("Not measured in this run:", judgements.filter(({ value }) => Option.isNone(value)))
  )
}

const senderNames: Readonly<Record<Sending.Name, string>> = {
  bare: "bare connections, ready bytes",
  sendAll: "Mail.sendAll",
  send: "Mail.send",
  sendStream: "Mail.sendStream",
  pool: "nodemailer, pooled",
  transporter: "nodemailer, not pooled"
}

const linkNames: Readonly<Record<string, string>> = { ...senderNames, chunked: "Mail.sendAll, chunking, window 8" }

const link = ({ noop, roundTripMillis, rows, skipped }: Link.Results): string =>
  section(
    "Round trips",
    `The 2 KB letter over one connection, through a link with a round trip of ${roundTripMillis} ms.`,
    table(
      ["", "round trips for a message", "against the pool", "ms per message"],
      [
        ...Object.entries(rows).map(([sender, { againstPool, micros, roundTrips }]) => [
          linkNames[sender] ?? sender,
          spread(roundTrips),
          spread(againstPool, "x"),
          spread(scale(micros, 1 / 1000))
        ]),
        ["a NOOP, for comparison", spread(noop), "", spread(scale(noop, roundTripMillis))]
      ]
    ),
    ...Object.entries(skipped).map(([sender, reason]) => `Skipped: ${linkNames[sender] ?? sender}, because ${reason}.`)
  )

const sending = (results: ReadonlyArray<Sending.Results>): string =>
  section(
    "Sending",
    "The 2 KB letter: how many times as fast as nodemailer's pool and as the bare connections, and time per message.",
    table(
      ["", "connections", "against the pool", "against bare", "us per message", "beyond bare, us", "messages/s"],
      results.flatMap(({ connections, senders }) =>
        Record.collect(senders, (sender, { againstBare, againstPool, beyondBare, micros }) => [
          senderNames[sender],
          String(connections),
          spread(againstPool, "x"),
          spread(againstBare, "x"),
          spread(micros),
          spread(beyondBare),
          integer(1_000_000 / micros.median)
        ])
      )
    )
  )

const firstMessage = ({ newProcess: { beyondPool, millis }, newSender }: FirstMessage.Results): string =>
  section(
    "The first message",
    "From nothing to the server's answer: with a new sender, and in a new process that has to load everything.",
    table(["", "against the pool", "new sender, us", "new process, ms", "beyond nodemailer, ms"], [
      [
        "Mail.send",
        spread(newSender.againstPool, "x"),
        spread(newSender.micros.ours),
        spread(millis.ours),
        spread(beyondPool.ours)
      ],
      ["Mail.send, module by module", "", "", spread(millis.modules), spread(beyondPool.modules)],
      ["nodemailer, pooled", "1x", spread(newSender.micros.pool), spread(millis.pool), "0"],
      ["bare connection, ready bytes", "", spread(newSender.micros.bare), "", ""]
    ]),
    "The first row loads `effect` as a whole, as most programs do; the second only the modules that it uses."
  )

const heading = ({ cores, cpu, effect, node, nodemailer, platform }: Machine, sink: string): string =>
  `${cores} cores (${cpu}), ${platform}, Node ${node}, effect ${effect}, nodemailer ${nodemailer}; sink: ${sink}`

const outbox = (
  { claim, count, cpuMicros, enqueueMillis, load, memory, rates, ratios }: Outbox.Results
): string =>
  section(
    "Outbox",
    `${integer(count)} messages or empty jobs each, by turns, one runner of 16 connections unless said otherwise. ` +
      `Load of the machine meanwhile: ${spread(load)}.`,
    table(["", "in a second", "CPU of the runners, us a message", ""], [
      ["outbox on PostgreSQL", spread(rates.postgres), spread(cpuMicros.postgres), ""],
      [
        "outbox on PostgreSQL, three runners",
        spread(rates.threeRunners),
        spread(cpuMicros.threeRunners),
        `${spread(ratios.threeAgainstOne, "x")} one`
      ],
      ["outbox on SQLite", spread(rates.sqlite), spread(cpuMicros.sqlite), ""],
      [
        "graphile-worker, empty jobs",
        spread(rates.graphileWorker),
        "",
        `the outbox ${spread(ratios.againstGraphileWorker, "x")}`
      ],
      [
        "pg-boss, empty jobs in batches of 200",
        spread(rates.pgBoss),
        "",
        `the outbox ${spread(ratios.againstPgBoss, "x")}`
      ]
    ]),
    table(["", "ms"], [
      ["10,000 messages into PostgreSQL, in one transaction", spread(enqueueMillis.postgres)],
      ["10,000 messages into SQLite, in one transaction", spread(enqueueMillis.sqlite)],
      [`16 messages claimed out of ${integer(claim.queued)}`, spread(claim.millis)]
    ]),
    `A runner took at most ${integer(memory.peakMiB)} MiB for ${integer(memory.count)} messages, and ${
      integer(memory.smallPeakMiB)
    } MiB for 1,000.`
  )

/** A large outbox that was emptied. */
export const drain = (
  { machine, results: { count, cpuMicros, curve, load, peakMiB, perSecond } }: {
    readonly machine: Machine
    readonly results: OutboxDrain.Results
  }
): string =>
  [
    heading(machine, "the bench's own"),
    section(
      "Outbox",
      `${integer(count)} messages by one runner: ${
        integer(perSecond)
      } in a second, ${cpuMicros} us of CPU each, at most ${integer(peakMiB)} MiB resident. Load of the machine: ${
        load.map((one) => number(one)).join(" to ")
      }.`,
      table(
        ["seconds", "settled", "in a second", "MiB resident"],
        curve.filter((_, i) => i % Math.ceil(curve.length / 20) === 0).map((stretch) => [
          integer(stretch.seconds),
          integer(stretch.settled),
          integer(stretch.perSecond),
          integer(stretch.residentMiB)
        ])
      )
    )
  ].join("\n\n")

const imports = ({ beyondEffect, effect, effectModules, mail, nodemailer, smtp }: Imports.Results): string =>
  section(
    "Imports",
    "Milliseconds to import, in a new process.",
    table(["", "ms"], [
      [`the ${effectModules} modules of Effect that the next two need`, spread(effect)],
      ["then core/Mail", spread(mail)],
      ["then backends/Smtp", spread(smtp)],
      ["both, beyond the modules of Effect", spread(beyondEffect)],
      ["nodemailer", spread(nodemailer)]
    ])
  )

const rendering = (results: ReadonlyArray<Rendering.Results>): string =>
  section(
    "Rendering",
    "How many times as fast as nodemailer's composer, and microseconds per message.",
    table(
      ["message", "octets", "Mime.render", "make, prepare, render", "Mime.render, us", "whole way, us", "composer, us"],
      results.map(({ kind, micros, octets, ratios }) => [
        kind,
        integer(octets.ours),
        spread(ratios.render, "x"),
        spread(ratios.wholeWay, "x"),
        spread(micros.render),
        spread(micros.wholeWay),
        spread(micros.composer)
      ])
    )
  )

const signing = ({ againstRsa, kind, micros }: Signing.Results): string =>
  section(
    "Signing",
    "DKIM with RSA-2048 by WebCrypto, one message after the other; the last column is without the message itself.",
    table(["message", "RSA alone, us", "make, prepare, sign, render, us", "unsigned, us", "signature against RSA"], [
      [kind, spread(micros.rsa), spread(micros.signed), spread(micros.unsigned), spread(againstRsa, "x")]
    ])
  )

const growth = ({ rendered, sent }: Growth.Results): string => {
  const columns = {
    "make, prepare, render": rendered.ours,
    composer: rendered.composer,
    "Mail.sendAll, 5 connections": sent.sendAll,
    "nodemailer's pool, 5 connections": sent.pool
  }
  return section(
    "Growth",
    "Microseconds per message of a batch, by the size of the batch.",
    table(
      ["messages", ...Object.keys(columns)],
      Array.from(rendered.ours.keys(), (size) => [
        integer(size),
        ...Object.values(columns).map((column) => {
          const summary = column.get(size)
          return summary === undefined ? "" : spread(summary)
        })
      ])
    )
  )
}

const memory = ({ attachment, streams }: Memory.Results): string => {
  const file = `${attachment.octets / mebibyte} MiB attachment`
  const row = (name: string, ratio: string, { aboveIdle, idle }: Memory.Job, speed: string) => [
    name,
    ratio,
    spread(scale(aboveIdle, 1 / mebibyte)),
    number(idle / mebibyte),
    speed
  ]
  const fileRow = (name: string, ratio: string, job: Memory.Job) =>
    row(`${file}, ${name}`, ratio, job, `${number(attachment.octets / mebibyte / (job.millis.median / 1000))} MiB/s`)
  return section(
    "Memory",
    "The highest resident set above that of the idle process, each in a process of its own.",
    table(["", "against nodemailer", "above idle, MiB", "idle, MiB", "speed"], [
      fileRow("Mail.send", spread(attachment.againstNodemailer, "x"), attachment.senders.ours),
      fileRow("nodemailer", "1x", attachment.senders.nodemailer),
      fileRow("bare connection, encoded already", "", attachment.senders.bare),
      ...streams.map((stream) =>
        row(
          `${integer(stream.count)} messages, ${stream.sender === "ours" ? "Mail.sendStream" : "nodemailer's pool"}`,
          "",
          stream,
          `${integer(stream.count / (stream.millis.median / 1000))} messages/s`
        )
      )
    ])
  )
}

/** Everything that was measured. The parts that were left out are left out. */
export const markdown = (
  { judgements, machine, results, sink }: {
    readonly machine: Machine
    readonly sink: string
    readonly results: Results
    readonly judgements: ReadonlyArray<Judgement>
  }
): string =>
  [
    heading(machine, sink),
    goals(judgements),
    results.link && link(results.link),
    results.sending && sending(results.sending),
    results.firstMessage && firstMessage(results.firstMessage),
    results.imports && imports(results.imports),
    results.outbox && outbox(results.outbox),
    results.rendering && rendering(results.rendering),
    results.signing && signing(results.signing),
    results.growth && growth(results.growth),
    results.memory && memory(results.memory)
  ].filter((part) => part !== undefined).join("\n\n")

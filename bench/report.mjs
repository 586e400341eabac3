/** The results as Markdown: ratios first. */

const mebibyte = 2 ** 20

const number = (value) => {
  const size = Math.abs(value)
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** The median, and the quartiles round it. */
const spread = ({ count, lower, median, upper }, unit = "") =>
  count === 1 ? `${number(median)}${unit}` : `${number(median)}${unit} (${number(lower)} - ${number(upper)})`

const row = (cells) => `| ${cells.join(" | ")} |`

const table = (head, rows) =>
  [row(head), row(head.map((_, i) => i === 0 ? "---" : "---:")), ...rows.map(row)].join("\n")

const section = (title, ...paragraphs) => [`## ${title}`, ...paragraphs].join("\n\n")

const goals = (judged) =>
  section(
    "The goals",
    table(
      ["", "goal", "measured", "reached"],
      judged.map((
        { bound, isReached, name, unit, value }
      ) => [name, bound, spread(value, unit), isReached ? "yes" : "no"])
    )
  )

const rendering = (results) =>
  section(
    "Rendering",
    "How many times as fast as nodemailer's composer, and microseconds per message.",
    table(
      ["message", "octets", "Mime.render", "make, prepare, render", "Mime.render, us", "whole way, us", "composer, us"],
      results.map(({ kind, micros, octets, ratios }) => [
        kind,
        octets.ours.toLocaleString("en"),
        spread(ratios.render, "x"),
        spread(ratios.wholeWay, "x"),
        spread(micros.render),
        spread(micros.wholeWay),
        spread(micros.composer)
      ])
    )
  )

const senderNames = {
  bare: "bare connections, ready bytes",
  sendAll: "Mail.sendAll",
  send: "Mail.send",
  sendStream: "Mail.sendStream",
  pool: "nodemailer, pooled",
  transporter: "nodemailer, not pooled"
}

const sending = (results) =>
  section(
    "Sending",
    "The 2 KB letter: how many times as fast as nodemailer's pool and as the bare connections, and time per message.",
    table(
      ["", "connections", "against the pool", "against bare", "us per message", "beyond bare, us", "messages/s"],
      results.flatMap(({ againstBare, againstPool, beyondBare, connections, micros }) =>
        Object.entries(senderNames).map(([sender, name]) => [
          name,
          connections,
          spread(againstPool[sender], "x"),
          spread(againstBare[sender], "x"),
          spread(micros[sender]),
          spread(beyondBare[sender]),
          Math.round(1_000_000 / micros[sender].median).toLocaleString("en")
        ])
      )
    )
  )

const firstMessage = ({ againstPool, micros, newProcessMillis }) =>
  section(
    "The first message",
    "From nothing to the server's answer: with a new sender, and in a new process that has to load everything.",
    table(["", "against the pool", "new sender, us", "new process, ms"], [
      ["Mail.send", spread(againstPool, "x"), spread(micros.ours), spread(newProcessMillis.ours)],
      ["nodemailer, pooled", "1x", spread(micros.pool), spread(newProcessMillis.pool)],
      ["bare connection, ready bytes", "", spread(micros.bare), ""]
    ])
  )

const growth = ({ rendered, sent }) => {
  const columns = [rendered.ours, rendered.composer, sent.sendAll, sent.pool]
  const sizes = Object.keys(rendered.ours)
  return section(
    "Growth",
    "Microseconds per message of a batch, by the size of the batch.",
    table(
      [
        "messages",
        "make, prepare, render",
        "composer",
        "Mail.sendAll, 5 connections",
        "nodemailer's pool, 5 connections"
      ],
      sizes.map((size) => [
        Number(size).toLocaleString("en"),
        ...columns.map((column) => column[size] === undefined ? "" : spread(column[size]))
      ])
    )
  )
}

const mebibytes = ({ count, lower, median, upper }) =>
  spread({ count, lower: lower / mebibyte, median: median / mebibyte, upper: upper / mebibyte })

const memory = ({ attachment, stream }) => {
  const file = `${attachment.octets / mebibyte} MiB attachment`
  const rate = (millis) => number(attachment.octets / mebibyte / (millis.median / 1000))
  const fileRow = (name, sender, ratio) => {
    const { aboveIdle, idle, millis } = attachment.senders[sender]
    return [`${file}, ${name}`, ratio, mebibytes(aboveIdle), number(idle / mebibyte), `${rate(millis)} MiB/s`]
  }
  const streamRow = (name, { aboveIdle, count, idle, millis }) => [
    `${count.toLocaleString("en")} messages, ${name}`,
    "",
    mebibytes(aboveIdle),
    number(idle / mebibyte),
    `${Math.round(count / (millis.median / 1000)).toLocaleString("en")} messages/s`
  ]
  return section(
    "Memory",
    "The highest resident set above that of the idle process, each in a process of its own.",
    table(["", "against nodemailer", "above idle, MiB", "idle, MiB", "speed"], [
      fileRow("Mail.send", "ours", spread(attachment.againstNodemailer, "x")),
      fileRow("nodemailer", "nodemailer", "1x"),
      fileRow("bare connection, encoded already", "bare", ""),
      streamRow("Mail.sendStream", stream.ours),
      streamRow("nodemailer's pool", stream.nodemailer)
    ])
  )
}

const machine = ({ cores, cpu, effect, node, nodemailer, platform, sink }) =>
  `${cores} cores (${cpu}), ${platform}, Node ${node}, effect ${effect}, nodemailer ${nodemailer}; sink: ${sink}`

/** Everything that was measured. The parts that were left out are left out. */
export const markdown = (results) =>
  [
    machine(results.machine),
    goals(results.goals),
    results.rendering && rendering(results.rendering),
    results.sending && sending(results.sending),
    results.firstMessage && firstMessage(results.firstMessage),
    results.growth && growth(results.growth),
    results.memory && memory(results.memory)
  ].filter((part) => part !== undefined).join("\n\n")

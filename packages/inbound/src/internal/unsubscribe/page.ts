/** Plain text, which is escaped where it is shown. `{list}` and `{recipient}` are replaced. */
export interface Words {
  readonly language: string
  readonly title: string
  readonly question: string
  readonly button: string
  readonly done: string
  readonly unknown: string
  readonly failed: string
}

export const english: Words = {
  language: "en",
  title: "Unsubscribe",
  question: "No more mail of {list} to {recipient}?",
  button: "Unsubscribe",
  done: "{recipient} gets no more mail of {list}.",
  unknown: "This link is not complete. Use the one in the message.",
  failed: "That did not work. Please try again in a minute."
}

interface Subscription {
  readonly list: string
  readonly recipient: string
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "\"": "&quot;",
  "'": "&#39;"
}

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? "")

const fill = (text: string, { list, recipient }: Subscription): string =>
  text.replace(/\{(list|recipient)\}/g, (_, name: string) => name === "list" ? list : recipient)

const page = ({ language, title }: Words, text: string, form = ""): string =>
  `<!doctype html>
<html lang="${escape(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(title)}</title>
<style>body{font:1.1rem/1.5 sans-serif;max-width:32rem;margin:15vh auto;padding:0 1rem}button{font:inherit;padding:.5rem 1.5rem}</style>
</head>
<body>
<p>${escape(text)}</p>
${form}</body>
</html>
`

/** The form goes to the URL that it came from, token and all. */
export const ask = (words: Words, subscription: Subscription): string =>
  page(
    words,
    fill(words.question, subscription),
    `<form method="post"><button name="List-Unsubscribe" value="One-Click">${escape(words.button)}</button></form>\n`
  )

export const done = (words: Words, subscription: Subscription): string => page(words, fill(words.done, subscription))

export const unknown = (words: Words): string => page(words, words.unknown)

export const failed = (words: Words): string => page(words, words.failed)

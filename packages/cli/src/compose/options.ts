import type { Option } from "../command/Command.js"

/** The options that make a message, the same for every command that makes one. */
export const messageOptions: ReadonlyArray<Option> = [
  { name: "from", value: "ADDRESS", meaning: "the author: ada@example.com, or 'Ada <ada@example.com>'" },
  { name: "to", value: "ADDRESS", meaning: "a recipient", isMultiple: true },
  { name: "cc", value: "ADDRESS", meaning: "a recipient of a copy", isMultiple: true },
  { name: "bcc", value: "ADDRESS", meaning: "a recipient that the others do not see", isMultiple: true },
  { name: "reply-to", value: "ADDRESS", meaning: "where answers go", isMultiple: true },
  { name: "envelope-from", value: "ADDRESS", meaning: "where bounces go", default: "the author" },
  { name: "subject", short: "s", value: "TEXT", meaning: "the subject" },
  { name: "text", value: "TEXT", meaning: "the text itself" },
  { name: "text-file", value: "FILE", meaning: "a file with the text" },
  { name: "html", value: "FILE", meaning: "a file with the html" },
  { name: "markdown", value: "FILE", meaning: "a file of Markdown, which becomes html and text" },
  { name: "attach", short: "a", value: "FILE", meaning: "a file to attach", isMultiple: true },
  { name: "header", value: "'NAME: VALUE'", meaning: "another header field", isMultiple: true }
]

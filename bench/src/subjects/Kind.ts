/** The messages: each is described once, and built for each library every time that it is sent. */
import { Attachment, Message } from "@effect-mail/core"

export interface Content {
  readonly from: string
  readonly to: Array<string>
  readonly subject: string
  readonly text: string
  readonly html?: string
}

interface File {
  readonly filename: string
  readonly contentType: string
  readonly length: number
}

const noise = (length: number): Buffer => {
  const octets = Buffer.alloc(length)
  for (let i = 0, state = 1; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    octets[i] = state >>> 24
  }
  return octets
}

/** One kind of message. `describe` says what the n-th of them holds, `files` what all of them carry. */
export class Kind {
  private opened?: {
    readonly ours: ReadonlyArray<Attachment.Attachment>
    readonly theirs: ReadonlyArray<Omit<File, "length"> & { readonly content: Buffer }>
  }

  constructor(
    readonly id: string,
    readonly name: string,
    private readonly describe: (n: number) => Content,
    private readonly files: ReadonlyArray<File> = []
  ) {}

  /** Files are made when they are wanted: a child process that sends letters holds none of them. */
  private get attachments() {
    if (this.opened === undefined) {
      const theirs = this.files.map(({ contentType, filename, length }) => ({
        filename,
        contentType,
        content: noise(length)
      }))
      const ours = theirs.map(({ content, ...options }) => Attachment.bytes(content, options))
      this.opened = { ours, theirs }
    }
    return this.opened
  }

  /** The n-th message as a value of effect-mail. */
  ours(n: number): Message.Message {
    const content = this.describe(n)
    return this.files.length === 0
      ? Message.make(content)
      : Message.make({ ...content, attachments: this.attachments.ours })
  }

  /** The n-th message as options for nodemailer, which are its own to change. */
  theirs(n: number) {
    const content = this.describe(n)
    return this.files.length === 0
      ? content
      : { ...content, attachments: this.attachments.theirs.map((options) => ({ ...options })) }
  }
}

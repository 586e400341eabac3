/** How many lines of the client a mechanism takes after the command; undefined for one that is unknown. */
const linesOf = (mechanism: string, hasInitial: boolean): number | undefined => {
  switch (mechanism) {
    case "PLAIN":
    case "XOAUTH2":
      return hasInitial ? 0 : 1
    case "LOGIN":
      return hasInitial ? 1 : 2
    case "CRAM-MD5":
      return 1
    default:
      return undefined
  }
}

/** What a server says with 334 before the last line of a mechanism. */
const lastChallenges: Readonly<Record<string, string>> = {
  LOGIN: "UGFzc3dvcmQ6",
  "CRAM-MD5": "PDE4OTYuNjk3MTcwOTUyQHNjcmlwdGVkLnRlc3Q+"
}

const mask = "***"

/** The login of one connection: any credentials are right. */
export class Login {
  private mechanism = ""
  private linesLeft = 0
  /** Whether a line that is no command may be credentials. */
  private mayFollow = false

  /** Whether the next line answers 334. */
  get awaitsLine(): boolean {
    return this.linesLeft > 0
  }

  /** An AUTH command came; gives the reply. */
  begin(line: string, isOffered: boolean): readonly [code: number, text: string] {
    if (!isOffered) return [502, "5.5.1 not offered"]
    const [, mechanism = "", initial] = line.trimEnd().split(" ")
    this.mechanism = mechanism.toUpperCase()
    const lines = linesOf(this.mechanism, initial !== undefined)
    if (lines === undefined) return [504, "5.5.4 unknown mechanism"]
    this.linesLeft = lines
    if (lines === 0) return [235, "2.7.0 welcome"]
    return [334, lines === 2 ? "VXNlcm5hbWU6" : this.lastChallenge]
  }

  /** A line of the client came, that answers 334. */
  take(): void {
    this.linesLeft--
  }

  /** The reply to a line of the client. */
  proceed(line: string): readonly [code: number, text: string] {
    if (line === "*") {
      this.linesLeft = 0
      return [501, "5.7.0 given up"]
    }
    return this.linesLeft > 0 ? [334, this.lastChallenge] : [235, "2.7.0 welcome"]
  }

  /** What a reply that a rule gave means. */
  replied(code: number): void {
    this.linesLeft = code === 334 ? Math.max(1, this.linesLeft) : 0
  }

  private get lastChallenge(): string {
    return lastChallenges[this.mechanism] ?? ""
  }

  /**
   * A line without what may be credentials: what follows the mechanism, the answers to 334, and lines after a login that
   * are no commands, because a client may send its credentials before it has read that AUTH was refused.
   */
  masked(line: string, kind: "answer" | "command" | "unknown"): string {
    const auth = /^\s*AUTH(?:\s+(\S+)(\s.*)?)?$/is.exec(line)
    if (auth !== null) {
      this.mayFollow = true
      const [, mechanism, rest] = auth
      if (mechanism === undefined) return line
      if (linesOf(mechanism.toUpperCase(), false) === undefined) return `AUTH ${mask}`
      return rest === undefined || rest.trim() === "" ? line : `AUTH ${mechanism} ${mask}`
    }
    if (kind === "command") this.mayFollow = false
    return kind === "answer" ? line === "*" ? line : mask : kind === "unknown" && this.mayFollow ? mask : line
  }
}

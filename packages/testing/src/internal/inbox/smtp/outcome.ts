import type { Outcome, Transmission, Verdict } from "../model/message.js"

interface Known {
  readonly fromReply: string
  readonly recipients: Transmission["recipients"]
  readonly reply: string
  readonly taken: Verdict
  readonly isComplete: boolean
}

const isRefusal = (reply: string): boolean => /^[45]/.test(reply)

/** What effect-mail tells a program about such a dialogue. */
export const outcomeOf = ({ fromReply, isComplete, recipients, reply, taken }: Known): Outcome => {
  const outcome = (verdict: Verdict, name: string, detail: string): Outcome => ({
    verdict,
    name,
    detail,
    isReal: false
  })
  if (isRefusal(fromReply)) return outcome("refused", "RejectedError", `the sender was refused: ${fromReply}`)
  const refused = recipients.filter(({ verdict }) => verdict === "refused" || verdict === "deferred")
  const isAllRefused = recipients.length > 0 && refused.length === recipients.length
  if (isAllRefused && reply === "") {
    const isTransient = refused.every(({ verdict }) => verdict === "deferred")
    return outcome(
      isTransient ? "deferred" : "refused",
      "RejectedError",
      recipients.length === 1 ? refused[0]?.reply ?? "" : "every recipient was refused"
    )
  }
  if (isRefusal(reply)) {
    return outcome(reply.startsWith("4") ? "deferred" : "refused", "RejectedError", `the message was refused: ${reply}`)
  }
  if (taken === "waiting") return outcome("waiting", "", "nothing yet: the server has not answered")
  if (taken === "unknown") {
    return outcome("unknown", "OutcomeUnknownError", "dropped after the dot: the sender cannot know")
  }
  if (!isComplete) {
    return outcome("failed", "ConnectionError", "the message broke off before its end: nothing was sent")
  }
  const rejected = refused.filter(({ verdict }) => verdict === "refused").length
  const deferred = refused.length - rejected
  const parts = [
    ...rejected > 0 ? [`${rejected} Rejected`] : [],
    ...deferred > 0 ? [`${deferred} Deferred`] : []
  ]
  return outcome(
    refused.length > 0 ? "refused" : "accepted",
    "DeliveryReport",
    parts.length > 0 ? `with ${parts.join(" and ")}` : "all recipients accepted"
  )
}

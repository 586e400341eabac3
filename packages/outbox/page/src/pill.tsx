import type { MessageState, Recipient } from "./api.js"

const classes: Readonly<Record<MessageState | Recipient["state"], string>> = {
  scheduled: "quiet",
  queued: "quiet",
  claimed: "quiet",
  sending: "wait",
  delivered: "ok",
  failed: "no",
  cancelled: "quiet",
  unknown: "lost",
  pending: "quiet",
  accepted: "ok",
  rejected: "no",
  notSent: "no"
}

const words: Partial<Record<MessageState | Recipient["state"], string>> = {
  unknown: "outcome unknown",
  notSent: "not sent"
}

export const Pill = ({ state }: { readonly state: MessageState | Recipient["state"] }) => (
  <span class={`v ${classes[state]}`}>{words[state] ?? state}</span>
)

import * as Backend from "@effect-mail/backends/Backend"
import type * as MailBackend from "@effect-mail/core/MailBackend"
import type { MailError } from "@effect-mail/core/MailError"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Layer from "effect/Layer"
import { Exit, type Failure, failure, wrongUse } from "../command/Command.js"
import { visible } from "../terminal/visible.js"

/** The server of the environment: `EMAIL_URL`, or the settings of `Backend.layerConfig`. */
export const backend: Layer.Layer<MailBackend.MailBackend, Failure> = Backend.layerConfig.pipe(
  Layer.provide(NodeContext.layer),
  Layer.mapError((error) => wrongUse(visible(String(error.message === "" ? error : error.message))))
)

/** Whether anything is set that says where to send. */
export const isConfigured = (): boolean =>
  ["EMAIL_URL", "EMAIL_BACKEND", "EMAIL_HOST"].some((name) => (process.env[name] ?? "") !== "")

export const notConfigured = wrongUse(
  "Where shall it go? Set EMAIL_URL, such as smtp://user:password@smtp.example.com:587. For trying it out: " +
    "effect-mail dev, and EMAIL_URL=smtp://127.0.0.1:1025"
)

/** The exit code of an error, the same for every command. */
export const codeOf = (error: MailError): number => {
  switch (error._tag) {
    case "ConnectionError":
      return Exit.noConnection
    case "AuthenticationError":
      return Exit.noLogin
    case "OutcomeUnknownError":
      return Exit.unknown
    case "RejectedError":
      return Exit.refused
    default:
      return Exit.failed
  }
}

export const failureOf = (error: MailError): Failure =>
  failure(codeOf(error), `${error._tag}: ${visible(error.message)}`)

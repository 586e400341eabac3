import * as Effect from "effect/Effect"
import * as MailBackend from "../../MailBackend.js"
import * as Session from "../send/session.js"

/**
 * A backend whose deliveries go through another one's, changed on the way. Its session opens with that of the other, or,
 * where a delivery may turn out to need none, only for the first delivery that does.
 *
 * @internal
 */
export const over = (
  backend: MailBackend.Service,
  change: (session: Session.LastingSession) => MailBackend.MailSession,
  opening: "eager" | "lazy" = "eager"
): MailBackend.Service =>
  MailBackend.make({
    name: backend.name,
    open: Session.make(backend.driver).pipe(
      Effect.tap((session) => opening === "eager" ? session.open : Effect.void),
      Effect.map((session) => {
        const { deliver, openFor = session.openFor } = change(session)
        return {
          deliver,
          openFor,
          get window() {
            return session.window
          },
          get isConnectionless() {
            return session.isConnectionless
          }
        }
      })
    )
  })

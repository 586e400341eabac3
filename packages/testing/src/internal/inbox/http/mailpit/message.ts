import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as MailReader from "../../../../MailReader.js"
import { frameDocument } from "../../html/document.js"
import type { Detail } from "../../model/message.js"
import type { Service } from "../../service.js"
import { baseOf, messageId, part, source } from "../files.js"
import { json, missing } from "./responses.js"
import { headers, message } from "./shapes.js"

type Response = HttpServerResponse.HttpServerResponse

/** Answers with what is made of the message in the path; 404 where there is none, or nothing is made. */
const withMessage = <R>(
  inbox: Service,
  make: (mail: MailReader.Mail, detail: Detail) => Effect.Effect<Response | undefined, never, R>
) =>
  Effect.gen(function*() {
    const id = yield* messageId(inbox)
    const detail = yield* inbox.get(id)
    const mail = MailReader.read(yield* inbox.source(id))
    return (yield* make(mail, detail)) ?? missing
  }).pipe(Effect.catchAll(() => Effect.succeed(missing)))

const whole = (inbox: Service) =>
  withMessage(inbox, (mail, detail) => Effect.as(inbox.mark([detail.id], true), json(message(detail, mail))))

const shownHtml = (inbox: Service) =>
  withMessage(inbox, (mail, { id }) =>
    Effect.map(HttpServerRequest.HttpServerRequest, (request) => {
      if (mail.html === undefined) return undefined
      const document = frameDocument(mail, {
        partsUrl: `${baseOf(request)}/api/messages/${id}/parts/`,
        loadsOutside: false,
        isDark: false
      })
      return HttpServerResponse.text(document.html, {
        contentType: "text/html; charset=utf-8",
        headers: document.headers
      })
    }))

const shownText = (inbox: Service) =>
  withMessage(inbox, (mail) =>
    Effect.sync(() => {
      const text = MailReader.text(mail)
      return text === undefined ? undefined : HttpServerResponse.text(text, {
        contentType: "text/plain; charset=utf-8",
        headers: { "cache-control": "no-store" }
      })
    }))

/** `html` or `txt` in the last piece of the path. */
const view = (inbox: Service) =>
  Effect.flatMap(HttpRouter.params, ({ file = "" }) => {
    const match = /^(\d{1,15}|latest)\.(html|txt)$/.exec(file)
    if (match === null) return Effect.succeed(missing)
    const params = { id: match[1] ?? "" }
    const shown = match[2] === "html" ? shownHtml(inbox) : shownText(inbox)
    return Effect.flatMap(HttpRouter.RouteContext, (route) =>
      Effect.provideService(shown, HttpRouter.RouteContext, { ...route, params }))
  })

export const messageRoutes = (inbox: Service): Effect.Effect<void, never, HttpApiBuilder.Router> =>
  Effect.gen(function*() {
    const router = yield* HttpApiBuilder.Router
    yield* router.get("/api/v1/message/:id", whole(inbox))
    yield* router.get(
      "/api/v1/message/:id/headers",
      withMessage(inbox, (mail) => Effect.succeed(json(headers(mail))))
    )
    yield* router.get("/api/v1/message/:id/raw", source(inbox))
    yield* router.get("/api/v1/message/:id/part/:path", part(inbox, true))
    yield* router.get("/view/:file", view(inbox))
  })

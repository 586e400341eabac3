import { Dummy } from "@effect-mail/backends"
import { Mail, MailBackend, Outgoing, Mime } from "@effect-mail/core"
import { Effect, Layer } from "effect"
import { letter } from "./messages.mjs"
const msgs=Array.from({length:5000},(_,i)=>letter.ours(i))
const rendering = Layer.succeed(MailBackend.MailBackend, MailBackend.make({name:"r",open:Effect.succeed({deliver:(o)=>Effect.map(Mime.render(o),()=>MailBackend.acceptAll(o))})}))
const time=async(name,eff)=>{ for(let i=0;i<3;i++) await Effect.runPromise(eff); let best=1e9; for(let i=0;i<8;i++){const t=performance.now(); await Effect.runPromise(eff); best=Math.min(best,(performance.now()-t)*1000/msgs.length)} console.log(name,best.toFixed(1)) }
await time("prepare only", Effect.gen(function*(){for(const m of msgs) yield* Outgoing.prepare(m)}))
await time("prepare+render", Effect.gen(function*(){for(const m of msgs) yield* Mime.render(yield* Outgoing.prepare(m))}))
await time("sendAll dummy c1", Mail.sendAll(msgs).pipe(Effect.provide(Dummy.layer)))
await time("sendAll dummy c5", Mail.sendAll(msgs,{concurrency:5}).pipe(Effect.provide(Dummy.layer)))
await time("sendAll rendering c5", Mail.sendAll(msgs,{concurrency:5}).pipe(Effect.provide(rendering)))
await time("send dummy", Effect.gen(function*(){for(const m of msgs) yield* Mail.send(m)}).pipe(Effect.provide(Dummy.layer)))

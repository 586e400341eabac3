import { Effect, Tracer, Context, Option } from "effect"
const bench = async (name, eff, n=200000) => {
  const loop = Effect.gen(function*(){ for (let i=0;i<n;i++) yield* eff })
  await Effect.runPromise(loop); let best=1e9
  for(let k=0;k<4;k++){const t=performance.now(); await Effect.runPromise(loop); best=Math.min(best,(performance.now()-t)*1000/n)}
  console.log(name, best.toFixed(2),"us")
}
const s = Effect.sync(()=>1)
const opt={kind:"client", captureStackTrace:false, attributes:{a:1,b:2}}
await bench("withSpan", Effect.withSpan(s,"x",opt))
await bench("makeSpan", Effect.makeSpan("x",opt))
const span = await Effect.runPromise(Effect.makeSpan("x",opt))
await bench("provideService span", Effect.provideService(s, Tracer.ParentSpan, span))
await bench("withParentSpan", Effect.withParentSpan(s, span))
await bench("onExit", Effect.onExit(s, ()=>Effect.void))
await bench("withSpan child", Effect.withSpan(s,"x",{...opt,parent:span}))
await bench("nanos", Effect.clockWith(c=>{c.unsafeCurrentTimeNanos(); return s}))
const ctx=Context.empty()
let t=performance.now(); for(let i=0;i<1e6;i++) Tracer.ParentSpan; 
await bench("tracerWith", Tracer.tracerWith(()=>s))

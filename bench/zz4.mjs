import { Effect, Pool, Metric, Scope, Exit } from "effect"
const bench = async (name, eff, n=100000) => {
  const loop = Effect.gen(function*(){ for (let i=0;i<n;i++) yield* eff })
  await Effect.runPromise(loop); let best=1e9
  for(let k=0;k<4;k++){const t=performance.now(); await Effect.runPromise(loop); best=Math.min(best,(performance.now()-t)*1000/n)}
  console.log(name, best.toFixed(2),"us")
}
const s = Effect.sync(()=>1)
const scope = await Effect.runPromise(Scope.make())
const pool = await Effect.runPromise(Scope.extend(Pool.makeWithTTL({acquire: Effect.acquireRelease(Effect.sync(()=>({})),()=>Effect.void), min:0,max:5,timeToLive:"30 seconds",timeToLiveStrategy:"usage"}),scope))
await bench("scoped nothing", Effect.scoped(s))
await bench("scoped addFinalizer", Effect.scoped(Effect.addFinalizer(()=>Effect.void)))
await bench("scoped acquireRelease", Effect.scoped(Effect.acquireRelease(s,()=>Effect.void)))
await bench("scoped pool", Effect.scoped(Pool.get(pool)))
await bench("scope.make/close", Effect.flatMap(Scope.make(), sc=>Scope.close(sc, Exit.void)))
await bench("scope.make/extend addFinalizer/close", Effect.flatMap(Scope.make(), sc=>Effect.zipRight(Scope.addFinalizer(sc,Effect.void),Scope.close(sc, Exit.void))))
await bench("acquireUseRelease", Effect.acquireUseRelease(s,()=>s,()=>Effect.void))
const sem=Effect.unsafeMakeSemaphore(5)
await bench("sem", sem.withPermits(1)(s))
await bench("uninterruptibleMask+onExit", Effect.uninterruptibleMask(r=>Effect.onExit(r(s),()=>Effect.void)))
process.exit()

import { Mime, Outgoing } from "/work/main/packages/core/dist/index.js"
import { Effect } from "effect"
import { letter } from "/work/main/bench/messages.mjs"
const secs=+process.argv[2]||4
const t0=performance.now()
const run = (n0,n)=>Effect.runPromise(Effect.gen(function*(){ let a=0,b=0,c=0; for(let i=n0;i<n0+n;i++){ const t1=performance.now(); const m=letter.ours(i); const t2=performance.now(); const o=yield* Outgoing.prepare(m); const t3=performance.now(); yield* Mime.render(o); const t4=performance.now(); a+=t2-t1;b+=t3-t2;c+=t4-t3} return [a,b,c].map(x=>(x*1000/n).toFixed(1)) }))
let n=0
while(performance.now()-t0<secs*1000){ const r=await run(n,20000); n+=20000; console.log("make,prepare,render",r.join(" ")) }

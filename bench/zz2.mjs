import { measureRendering } from "./rendering.mjs"
const r = await measureRendering({log:()=>{}, plan:{rendering:{millis:150,rounds:7,warmUpMillis:1200}}, only: process.argv[2]})
for (const k of r) console.log(k.kind.padEnd(28), "render", k.ratios.render.median.toFixed(1)+"x", k.micros.render.median.toFixed(1)+"us", " whole", k.ratios.wholeWay.median.toFixed(1)+"x", k.micros.wholeWay.median.toFixed(1)+"us", " composer", k.micros.composer.median.toFixed(0)+"us")

import { chromium } from "playwright-core"
const b = await chromium.launch({executablePath:"/usr/bin/chromium",args:["--no-sandbox","--disable-gpu"]})
const shots = JSON.parse(process.argv[2])
for (const {name,hash="",width=1280,height=900,dark=false,act} of shots) {
  const c = await b.newContext({viewport:{width,height},colorScheme:dark?"dark":"light"})
  const p = await c.newPage(); p.on("console",m=>console.log(name,m.text())); p.on("pageerror",e=>console.log(name,"ERR",e.message))
  await p.goto("http://127.0.0.1:18025/"+hash); await p.waitForTimeout(1200)
  if (act) { for (const k of act) { if (k.startsWith("click ")) await p.click(k.slice(6)); else if (k.startsWith("type ")) await p.keyboard.type(k.slice(5)); else await p.keyboard.press(k); await p.waitForTimeout(400) } }
  await p.screenshot({path:`/tmp/shots/${name}.png`}); await c.close()
}
await b.close()

// Makes sure that there are the programs which tests of the inbox run: a Chromium for its page, and other people's programs
// that send mail. On Debian, as root or by CI, what is missing is installed.
// JavaScript, for it runs before the scripts of the project are compiled.
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { delimiter, join } from "node:path"

const chromium = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  process.env.CHROMIUM ?? ""
]
const onPath = (name) => (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, name))

const programs = [
  // The fonts are for pictures with Chinese, Japanese and Korean.
  { name: "Chromium", places: chromium, packages: ["chromium", "fonts-noto-cjk"] },
  { name: "msmtp", places: onPath("msmtp"), packages: ["msmtp"] },
  { name: "swaks", places: onPath("swaks"), packages: ["swaks"] },
  { name: "Python", places: onPath("python3"), packages: ["python3"] }
]
const missing = () => programs.filter(({ places }) => !places.some((place) => place !== "" && existsSync(place)))

const isRoot = process.getuid?.() === 0
const apt = (...args) =>
  spawnSync(isRoot ? "apt-get" : "sudo", [...isRoot ? [] : ["-n", "apt-get"], "-y", ...args], {
    stdio: "inherit",
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" }
  })

if (missing().length > 0 && (isRoot || process.env.CI !== undefined) && existsSync("/usr/bin/apt-get")) {
  apt("update")
  apt("install", "--no-install-recommends", ...missing().flatMap(({ packages }) => packages))
}
for (const { name, packages: [first] } of missing()) {
  const named = name === "Chromium" ? ", or name it by CHROMIUM" : ""
  console.error(`There is no ${name}. Install it (Debian: apt-get install ${first})${named}.`)
  process.exitCode = 1
}

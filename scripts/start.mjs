// Installs, builds, and runs the quickstart against an SMTP server on loopback, or against the one that EMAIL_* names.
import { install, run, runScript } from "./run.mjs"

const isDone = install() && run("tsc", "-b", "examples/quickstart") && runScript("examples/quickstart/dist/main.js")

process.exitCode = isDone ? 0 : 1

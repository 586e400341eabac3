import { render } from "preact"
import { App } from "./App.js"
import { listenToKeys } from "./keys.js"
import { start } from "./state.js"

render(<App />, document.body)
listenToKeys()
start()

import { render } from "preact"
import { App } from "./App.js"
import { start } from "./state.js"

render(<App />, document.body)
start()

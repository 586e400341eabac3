import type { Detail } from "../api.js"
import type { State } from "../state.js"
import { ChecksTab } from "./ChecksTab.js"
import { DialogueTab } from "./DialogueTab.js"
import { HeadersTab } from "./HeadersTab.js"
import { MessageTab } from "./MessageTab.js"
import { PartsTab } from "./PartsTab.js"
import { SourceTab } from "./SourceTab.js"
import { TextTab } from "./TextTab.js"

export const TabPanel = ({ detail, state }: { readonly detail: Detail; readonly state: State }) => {
  switch (state.tab) {
    case "message":
      return <MessageTab detail={detail} state={state} />
    case "text":
      return <TextTab detail={detail} />
    case "parts":
      return <PartsTab detail={detail} />
    case "headers":
      return <HeadersTab key={detail.id} detail={detail} />
    case "source":
      return <SourceTab key={detail.id} detail={detail} line={state.line} />
    case "dialogue":
      return <DialogueTab detail={detail} />
    case "checks":
      return <ChecksTab detail={detail} checks={state.checks} />
  }
}

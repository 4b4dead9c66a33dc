import bulk from "./bulk/messages.zh";
import creation from "./creation/messages.zh";
import firstCall from "./first-call/messages.zh";
import list from "./list/messages.zh";
import type en from "./messages.en";
import snippets from "./snippets/messages.zh";

export default { ...list, ...bulk, ...creation, ...firstCall, snippets } satisfies typeof en;

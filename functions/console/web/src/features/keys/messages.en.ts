import bulk from "./bulk/messages.en";
import creation from "./creation/messages.en";
import firstCall from "./first-call/messages.en";
import list from "./list/messages.en";
import snippets from "./snippets/messages.en";

export default { ...list, ...bulk, ...creation, ...firstCall, snippets };

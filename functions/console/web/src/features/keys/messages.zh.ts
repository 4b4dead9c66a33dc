import type en from "./messages.en";
import snippets from "./snippets/messages.zh";

export default { snippets } satisfies typeof en;

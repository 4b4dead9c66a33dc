import snippets from "./snippets/messages.en";

export default { snippets };

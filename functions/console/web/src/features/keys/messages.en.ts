import list from "./list/messages.en";
import snippets from "./snippets/messages.en";

export default {
  ...list,
  snippets,
  create: "New key",
};

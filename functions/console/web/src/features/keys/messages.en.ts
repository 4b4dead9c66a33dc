import bulk from "./bulk/messages.en";
import list from "./list/messages.en";
import snippets from "./snippets/messages.en";

export default {
  ...list,
  ...bulk,
  snippets,
  create: "New key",
};

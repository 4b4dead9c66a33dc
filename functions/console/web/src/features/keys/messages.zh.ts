import bulk from "./bulk/messages.zh";
import list from "./list/messages.zh";
import type en from "./messages.en";
import snippets from "./snippets/messages.zh";

export default {
  ...list,
  ...bulk,
  snippets,
  create: "新建密钥",
} satisfies typeof en;

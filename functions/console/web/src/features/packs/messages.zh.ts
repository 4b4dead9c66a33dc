import type en from "./messages.en";

export default {} satisfies typeof en;

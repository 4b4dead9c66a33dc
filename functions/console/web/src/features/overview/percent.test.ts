import { describe, expect, it } from "vitest";
import { percentOf, sharePercent, signedPercent } from "./percent";

describe("percentages", () => {
  it("say which way, with as many digits as are of use", () => {
    expect(["14.29", "-2.49", "0", "184999900"].map((each) => signedPercent(each, "en-GB"))).toEqual([
      "+14%",
      "−2.5%",
      "0%",
      "+184,999,900%",
    ]);
  });

  it("are of what was before, and of nothing where that was nothing", () => {
    expect([percentOf("15", "10"), percentOf("5", "10"), percentOf("5", "0")]).toEqual(["50", "-50", "0"]);
  });

  it("of shares don't take little for nothing", () => {
    expect([
      sharePercent(1, 100_000, "en-GB"),
      sharePercent(0, 10, "en-GB"),
      sharePercent(85, 3160, "en-GB"),
      sharePercent(1, 0, "en-GB"),
    ]).toEqual(["<0.1%", "0%", "2.7%", "0%"]);
  });
});

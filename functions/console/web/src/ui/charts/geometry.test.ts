import { describe, expect, it } from "vitest";
import { bandAt, bandsOf, domainOf, heightIn, marginFor, plain, pointAt, stacked, stride } from "./geometry";

const series = (...values: string[][]) => values.map((each, at) => ({ id: `s${at}`, label: "", values: each }));

describe("a chart's geometry", () => {
  it("writes a scale's numbers in plain digits", () => {
    expect([1e-7, 0.1 + 0.2, 12_000_000, 0, -0.5].map(plain)).toEqual(["0.0000001", "0.3", "12000000", "0", "-0.5"]);
  });

  it("stacks what is positive upwards and what is negative downwards, and leaves zeros out", () => {
    expect(stacked(series(["1", "0"], ["2", "-1"], ["-3", "-0.5"]), 2)).toEqual([
      { at: 0, series: 0, from: 0, to: 1 },
      { at: 0, series: 1, from: 1, to: 3 },
      { at: 1, series: 1, from: 0, to: -1 },
      { at: 0, series: 2, from: 0, to: -3 },
      { at: 1, series: 2, from: -1, to: -1.5 },
    ]);
  });

  it("takes a missing value for nothing", () => {
    expect(stacked(series(["1"]), 3)).toHaveLength(1);
  });

  it("has zero in its domain, and some room where there is nothing", () => {
    expect(domainOf([])).toEqual([0, 1]);
    expect(domainOf([0, 0])).toEqual([0, 1]);
    expect(domainOf([3, 5])).toEqual([0, 5]);
    expect(domainOf([-2])).toEqual([-2, 0]);
  });

  it("keeps one bar from filling the page, and lets those of a year touch", () => {
    expect(bandsOf(1, 0, 1000).width).toBe(72);
    expect(bandsOf(1, 0, 1000).x(0)).toBe(464);
    const dense = bandsOf(400, 0, 400);
    expect([dense.width, dense.x(399)]).toEqual([1, 399]);
  });

  it.each([1, 2, 31, 400])("finds each of %i bars at its middle, and the ends beyond the edges", (count) => {
    const bands = bandsOf(count, 50, 350);
    for (let at = 0; at < count; at += 1) expect(bandAt(bands.x(at) + bands.width / 2, count, 50, 350)).toBe(at);
    expect([bandAt(-10, count, 50, 350), bandAt(999, count, 50, 350)]).toEqual([0, count - 1]);
  });

  it("finds nothing where there is nothing", () => {
    expect([bandAt(5, 0, 0, 10), pointAt(5, 0, 0, 10)]).toEqual([undefined, undefined]);
    expect(pointAt(5, 1, 0, 10)).toBe(0);
  });

  it("leaves room between labels", () => {
    expect([stride(0, 300), stride(3, 300), stride(30, 300), stride(400, 100)]).toEqual([1, 1, 8, 400]);
    expect(marginFor(["$1,000.00"]).left).toBeGreaterThan(marginFor(["$1"]).left);
  });

  it("has greater values further up", () => {
    const y = heightIn({ left: 0, right: 1, top: 10, bottom: 110, least: -50, greatest: 50 });
    expect([y(50), y(0), y(-50)]).toEqual([10, 60, 110]);
  });
});

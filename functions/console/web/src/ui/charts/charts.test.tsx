import { fireEvent, render, screen } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { PreferencesProvider } from "@/app/preferences";
import { Lines } from "./Lines";
import { StackedBars } from "./StackedBars";
import { colourOf, OTHER, patternOf } from "./series";

window.matchMedia ??= (() => ({ matches: false, addEventListener: () => {}, removeEventListener: () => {} })) as never;

const DAYS = ["2026-11-01", "2026-11-02", "2026-11-03"];
const SERIES = [
  { id: "a", label: "<b>first</b>", values: ["1", "0", "3"] },
  { id: OTHER, label: "Other", values: ["0.5", "0", "1"] },
];

function bars(changes: Partial<Parameters<typeof StackedBars>[0]> = {}) {
  return render(
    <PreferencesProvider>
      <StackedBars
        label="Spending"
        positions={DAYS}
        positionLabel={(day) => day.slice(-2)}
        series={SERIES}
        format={(value) => `$${value}`}
        totals={["1.5", "0", "4"]}
        {...changes}
      />
    </PreferencesProvider>,
  );
}

describe("stacked bars", () => {
  it("can be gone through by keyboard, and say what is looked at", () => {
    const { container } = bars();
    const plot = screen.getByRole("group", { name: "Spending" });
    fireEvent.keyDown(plot, { key: "End" });
    const said = () => container.querySelector("[aria-live]")?.textContent;
    expect(said()).toBe("03, $4, Other $1, <b>first</b> $3");
    fireEvent.keyDown(plot, { key: "ArrowUp" });
    expect(said()).toBe("03, <b>first</b> $3");
    fireEvent.keyDown(plot, { key: "ArrowLeft" });
    fireEvent.keyDown(plot, { key: "ArrowLeft" });
    expect(said()).toBe("01, <b>first</b> $1");
    fireEvent.keyDown(plot, { key: "Escape" });
    expect(said()).toBe("");
  });

  it("pick what is chosen", () => {
    const onPick = vi.fn();
    bars({ onPick });
    const plot = screen.getByRole("group", { name: "Spending" });
    fireEvent.keyDown(plot, { key: "Enter" });
    expect(onPick).not.toHaveBeenCalled();
    fireEvent.keyDown(plot, { key: "Home" });
    fireEvent.keyDown(plot, { key: "Enter" });
    fireEvent.keyDown(plot, { key: "ArrowUp" });
    fireEvent.keyDown(plot, { key: "Enter" });
    expect(onPick.mock.calls).toEqual([
      ["2026-11-01", undefined],
      ["2026-11-01", "a"],
    ]);
  });

  it("have the same figures as a table, with the sums that they were given", () => {
    bars();
    fireEvent.click(screen.getByRole("button", { name: "Show as a table" }));
    const rows = screen.getAllByRole("row").map((row) => [...row.children].map((cell) => cell.textContent));
    expect(rows).toEqual([
      ["Date", "<b>first</b>", "Other", "Total"],
      ["01", "$1", "$0.5", "$1.5"],
      ["02", "$0", "$0", "$0"],
      ["03", "$3", "$1", "$4"],
    ]);
  });

  it("say that there is nothing where there is nothing", () => {
    bars({ series: [{ id: "a", label: "first", values: ["0", "0", "0"] }] });
    expect(screen.getByText("Nothing to show in this span")).toBeTruthy();
    expect(screen.queryByRole("group")).toBeNull();
  });

  it.each([1, 400])("draw %i positions", (count) => {
    const positions = Array.from({ length: count }, (_, at) => `day ${at}`);
    const { container } = bars({
      positions,
      series: [{ id: "a", label: "first", values: positions.map(() => "1") }],
      totals: undefined,
    });
    expect(container.querySelectorAll("rect[data-series]")).toHaveLength(count);
  });
});

describe("lines", () => {
  it("leave out what isn't there yet", () => {
    const { container } = render(
      <PreferencesProvider>
        <Lines
          label="Budget"
          positions={DAYS}
          positionLabel={(day) => day}
          series={[{ id: "used", label: "Used", values: ["1", "2", ""] }]}
          format={(value) => value}
          mark={{ label: "Limit", value: "9" }}
        />
      </PreferencesProvider>,
    );
    fireEvent.keyDown(screen.getByRole("group"), { key: "End" });
    expect(container.querySelector("[aria-live]")?.textContent).toBe("2026-11-03");
    fireEvent.keyDown(screen.getByRole("group"), { key: "ArrowLeft" });
    expect(container.querySelector("[aria-live]")?.textContent).toBe("2026-11-02, Used 2");
  });
});

describe("colours and patterns", () => {
  it("tell twelve series apart, and have Other grey", () => {
    const looks = Array.from({ length: 12 }, (_, at) => `${colourOf(at, { id: "x" })} ${patternOf(at, { id: "x" })}`);
    expect(new Set(looks).size).toBe(12);
    expect([colourOf(2, { id: OTHER }), patternOf(2, { id: OTHER })]).toEqual(["var(--series-other)", 0]);
    expect(colourOf(0, { id: "x", tone: "bad" })).toBe("var(--bad)");
  });
});

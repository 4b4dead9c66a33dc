import { render, screen } from "@testing-library/react";
import { beforeEach, describe, expect, it } from "vitest";
import { ManagedBadge, ManagedNote } from "./Managed";
import en from "./messages.en";
import zh from "./messages.zh";

describe("what a configuration manages", () => {
  beforeEach(() => localStorage.clear());

  it("is marked with its label, and says what comes of a change", () => {
    render(<ManagedBadge by="platform" />);
    expect(screen.getByText("platform").textContent).toBe("Managed by platform");
    expect(screen.getByTitle(en.managed.hint("platform"))).toBeTruthy();
  });

  it("says so where it is edited", () => {
    render(<ManagedNote by="platform/search" />);
    expect(screen.getByText(en.managed.hint("platform/search"))).toBeTruthy();
  });

  it("shows nothing of what nobody manages", () => {
    const shown = render(
      <>
        <ManagedBadge by={null} />
        <ManagedNote by={null} />
      </>,
    );
    expect(shown.container.innerHTML).toBe("");
  });

  it("names the label in both languages", () => {
    for (const messages of [en, zh]) expect(messages.managed.hint("platform")).toContain("platform");
  });
});

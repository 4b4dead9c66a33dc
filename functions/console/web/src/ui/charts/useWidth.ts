import { type RefCallback, useCallback, useState } from "react";

const LEAST = 160;

/** The width in pixels of the element that takes the ref, as it changes; before that, that of a small screen. */
export function useWidth(): [ref: RefCallback<HTMLElement>, width: number] {
  const [width, setWidth] = useState(320);
  const ref = useCallback((element: HTMLElement | null) => {
    if (element === null || typeof ResizeObserver === "undefined") return undefined;
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.max(LEAST, entry.contentRect.width)));
    observer.observe(element);
    setWidth(Math.max(LEAST, element.getBoundingClientRect().width));
    return () => observer.disconnect();
  }, []);
  return [ref, width];
}

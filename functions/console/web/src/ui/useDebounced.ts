import { useEffect, useState } from "react";

const WAIT_MS = 250;

/** A text as it was when one last stopped typing. */
export function useDebounced(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const waiting = setTimeout(() => setSettled(text), WAIT_MS);
    return () => clearTimeout(waiting);
  }, [text]);
  return settled;
}

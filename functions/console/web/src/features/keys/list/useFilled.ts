import { useEffect, useState } from "react";
import type { Listed } from "@/api/pages";

/** How many items one wants to see at first, and with each "more"; and how many pages are asked for them at most. */
const WANTED = 50;
const PAGES = 5;

type Filled = {
  /** Whether further pages are being asked for because those so far had too little. */
  isFilling: boolean;
  more: () => void;
};

/**
 * Goes on with a list whose pages may be short or empty, until there is enough to see.
 *
 * What is read for that is bounded: after some pages it is the viewer who decides whether to go on.
 */
export function useFilled<Item>({
  items,
  pageCount,
  hasMore,
  isFetchingNextPage,
  error,
  fetchMore,
}: Listed<Item>): Filled {
  const [goal, setGoal] = useState({ items: WANTED, pages: PAGES });
  const isShort = hasMore && items.length < goal.items && pageCount < goal.pages;

  useEffect(() => {
    if (isShort && pageCount > 0 && !isFetchingNextPage && error === null) fetchMore();
  }, [isShort, pageCount, isFetchingNextPage, error, fetchMore]);

  return {
    isFilling: isFetchingNextPage || (isShort && error === null),
    more: () => {
      setGoal({ items: items.length + WANTED, pages: pageCount + PAGES });
      fetchMore();
    },
  };
}

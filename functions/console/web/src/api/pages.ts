import { type UseInfiniteQueryResult, useInfiniteQuery } from "@tanstack/react-query";

export type ListPage<Item> = { items: Item[]; nextCursor: string | null };

export type Listed<Item> = Pick<
  UseInfiniteQueryResult<unknown>,
  "error" | "isPending" | "refetch" | "isFetchingNextPage"
> & {
  /** All items of the pages that were fetched so far. */
  items: Item[];
  /** How many pages that is: one may have few items or none, and yet not be the last. */
  pageCount: number;
  hasMore: boolean;
  fetchMore: () => void;
};

/** A list of the API, fetched page by page as it is asked for: `fetchPage` takes the cursor, undefined for the first page. */
export function useList<Item>(
  key: readonly unknown[],
  fetchPage: (cursor: string | undefined) => Promise<ListPage<Item>>,
): Listed<Item> {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => fetchPage(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });
  const { error, isPending, refetch, isFetchingNextPage, hasNextPage, fetchNextPage, data } = query;
  return {
    error,
    isPending,
    refetch,
    isFetchingNextPage,
    items: data?.pages.flatMap(({ items }) => items) ?? [],
    pageCount: data?.pages.length ?? 0,
    hasMore: hasNextPage,
    fetchMore: () => void fetchNextPage(),
  };
}

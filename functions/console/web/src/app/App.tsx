import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useState } from "react";
import { ApiError } from "@/api/errors";
import { MessagesProvider } from "@/messages";
import { PreferencesProvider } from "./preferences";
import { router } from "./router";
import { SessionProvider } from "./session";

export function App() {
  const [queries] = useState(newQueryClient);
  return (
    <PreferencesProvider>
      <MessagesProvider>
        <QueryClientProvider client={queries}>
          <SessionProvider>
            <RouterProvider router={router} />
          </SessionProvider>
        </QueryClientProvider>
      </MessagesProvider>
    </PreferencesProvider>
  );
}

function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        // What the API has refused, it will refuse again; what failed on the way, or there, may pass.
        retry: (count, error) => count < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 500),
      },
    },
  });
}

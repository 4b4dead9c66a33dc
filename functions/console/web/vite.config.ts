import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** The running stack whose APIs `npm run dev` shows: that of `make local`, unless another is named. */
const stack = process.env.TOLLGATE_STACK ?? "http://127.0.0.1:4565";

export default defineConfig(({ command }) => ({
  // Built, the console finds its files below the document's <base>: a stage's prefix is known only there.
  base: command === "serve" ? "/console/" : "",
  plugins: [react(), tailwindcss()],
  resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    host: "127.0.0.1",
    proxy: {
      "/api": { target: stack },
      "/v1": { target: stack },
      "/console/config.json": { target: stack },
    },
  },
  test: {
    projects: [
      // Logic needs no page, whose emulation takes longer than most tests.
      { extends: true, test: { name: "logic", environment: "node", include: ["src/**/*.test.ts"] } },
      {
        extends: true,
        test: {
          name: "parts",
          environment: "jsdom",
          include: ["src/**/*.test.tsx"],
          setupFiles: ["src/test-setup.ts"],
        },
      },
    ],
  },
}));

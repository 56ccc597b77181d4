import { defineConfig } from "vite";

// Stable names: what changes with the content is added by the Go server (?v=). One script and one style sheet, so that the first
// load is two requests behind the page.
export default defineConfig({
  base: "./",
  server: { proxy: { "/console": "http://localhost:8080" } },
  build: {
    target: "es2022",
    modulePreload: false,
    cssCodeSplit: false,
    assetsInlineLimit: 0,
    reportCompressedSize: true,
    rollupOptions: {
      output: { entryFileNames: "assets/app.js", chunkFileNames: "assets/[name].js", assetFileNames: "assets/app[extname]" },
    },
  },
});

// Writes dist/MANIFEST: the SHA-256 of every source that decides what dist is. console_test.go compares it with the sources.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";

const fixed = ["index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts"];
const sources = readdirSync("src", { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => `${entry.parentPath}/${entry.name}`);
const lines = [...fixed, ...sources.sort()].map((name) => `${createHash("sha256").update(readFileSync(name)).digest("hex")}  ${name}\n`);
writeFileSync("dist/MANIFEST", lines.join(""));

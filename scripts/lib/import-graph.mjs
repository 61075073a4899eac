// Which files nothing reaches. Entry points are what package.json names, bins, scripts, tests, benches and examples.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const importLike =
  /(?:from\s+|import\s*\(\s*|import\s+|new URL\(\s*|resolve\(\s*)["'](\.{1,2}\/[^"']+)["']/g;

/** Source files under packages/<name>/src that no entry point reaches through relative imports. */
export function deadFiles(root) {
  const files = codeFiles(root);
  const reached = new Set();
  const queue = files.filter((file) => isEntry(file));
  while (queue.length > 0) {
    const file = queue.pop();
    if (reached.has(file)) continue;
    reached.add(file);
    queue.push(...importsOf(root, file));
  }
  return files.filter((file) => /^packages\/[^/]+\/src\//.test(file) && !reached.has(file));
}

function codeFiles(root) {
  return ["packages", "scripts", "examples", "bench"]
    .filter((top) => existsSync(path.join(root, top)))
    .flatMap((top) =>
      readdirSync(path.join(root, top), { recursive: true }).map((file) => path.join(top, file)),
    )
    .filter(
      (file) => /\.(?:ts|tsx|mjs)$/.test(file) && !/(?:^|\/)(?:node_modules|dist)\//.test(file),
    )
    .sort();
}

function isEntry(file) {
  if (!/^packages\//.test(file)) return true;
  return /^packages\/[^/]+\/(?:src\/index\.ts|bin\/|test\/)/.test(file);
}

function importsOf(root, file) {
  const text = readFileSync(path.join(root, file), "utf8");
  return [...text.matchAll(importLike)]
    .map(([, specifier]) => path.normalize(path.join(path.dirname(file), specifier)))
    .map((target) =>
      existsSync(path.join(root, target)) ? target : target.replace(/\.js$/, ".ts"),
    )
    .filter((target) => existsSync(path.join(root, target)) && /\.(?:ts|tsx|mjs)$/.test(target));
}

// The house rules that no other tool knows. `node scripts/tidy.mjs` prints what is wrong and exits 1; a test shows that each rule can fail.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { deadFiles } from "./lib/import-graph.mjs";
import { root } from "./lib/setup.mjs";

const sourceLinesMax = 500;
const testLinesMax = 800;
const bannedNameParts = /(?:Manager|Helper|Utils?|Info|Service|Impl)$/;
// Words of the platform that end like a banned one.
const wireNames = new Set(["ChannelData"]);

/** Everything wrong in the tree, one sentence each. */
export function tidy(folder = root) {
  const files = sources(folder);
  if (files.length === 0) return [`no source files found below ${folder}: nothing was checked`];
  const texts = files.map((file) => ({
    file,
    text: readFileSync(path.join(folder, file), "utf8"),
  }));
  return [
    ...texts.flatMap(size),
    ...texts.flatMap(facts),
    ...texts.flatMap(openEnds),
    ...texts.flatMap(names),
    ...texts.flatMap(loneTests),
    ...lockfile(folder),
    ...architecture(folder),
    ...deadFiles(folder).map((file) => `${file}: nothing imports it and nothing runs it`),
  ];
}

/** Every hand-written source file, by path from the root. */
export function sources(folder) {
  const tops = ["packages", "scripts", "examples", "bench"].filter((top) =>
    existsSync(path.join(folder, top)),
  );
  return tops
    .flatMap((top) =>
      readdirSync(path.join(folder, top), { recursive: true }).map((file) => path.join(top, file)),
    )
    .filter((file) => /\.(?:ts|tsx|mjs)$/.test(file))
    .filter((file) => !/(?:^|\/)(?:node_modules|dist)\//.test(file))
    .sort();
}

function size({ file, text }) {
  const lines = text.split("\n").length - 1;
  const most = isTest(file) ? testLinesMax : sourceLinesMax;
  return lines > most ? [`${file}: ${lines} lines, over the limit of ${most}`] : [];
}

/** Each exported constant of a file of platform facts says where it comes from, when it was checked, and how strong it is. */
function facts({ file, text }) {
  if (!/\/(?:facts|limits)\.ts$/.test(file)) return [];
  const exported = [...text.matchAll(/(\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*)?^export const (\w+)/gm)];
  if (exported.length === 0) return [`${file}: has no facts`];
  return exported.flatMap(([, comment = "", name]) =>
    ["Source:", "Checked:", "Strength:"]
      .filter((word) => !comment.includes(word))
      .map((word) => `${file}: the fact ${name} has no ${word}`),
  );
}

function openEnds({ file, text }) {
  if (file.endsWith("scripts/tidy.mjs")) return [];
  return text.split("\n").flatMap((line, index) => {
    if (/\bFIXME\b/.test(line)) return [`${file}:${index + 1}: FIXME never merges`];
    if (/\bTODO\b(?!\(#\d+\))/.test(line))
      return [`${file}:${index + 1}: TODO without an issue number`];
    return [];
  });
}

function names({ file, text }) {
  if (isTest(file)) return [];
  const declared = [...text.matchAll(/\b(?:class|interface|type) (\w+)/g)].map(([, name]) => name);
  const bad = declared.filter((name) => bannedNameParts.test(name) && !wireNames.has(name));
  const prefixed = declared.filter((name) => /^I[A-Z][a-z]/.test(name));
  const stem = path.basename(file).split(".")[0];
  const files = /(?:^|-)(?:manager|helper|helpers|util|utils|impl)$/.test(stem) ? [stem] : [];
  return [...bad, ...prefixed, ...files].map((name) => `${file}: ${name} is a banned name`);
}

function loneTests({ file, text }) {
  if (!isTest(file)) return [];
  return /\bit\.only\(|\btest\.only\(|\bdescribe\.only\(/.test(text) ? [`${file}: has .only`] : [];
}

/** The lockfile holds no download addresses, and also the packages of platforms that it was not written on. */
function lockfile(folder) {
  const text = readFileSync(path.join(folder, "package-lock.json"), "utf8");
  const addresses = /"resolved": "https?:/.test(text)
    ? ["package-lock.json: has download addresses"]
    : [];
  const { packages = {} } = JSON.parse(text);
  const missing = Object.entries(packages).flatMap(([key, entry]) =>
    Object.keys(entry.optionalDependencies ?? {})
      .filter(
        (name) => !packages[`node_modules/${name}`] && !packages[`${key}/node_modules/${name}`],
      )
      .map((name) => `package-lock.json: lacks ${name}, so \`npm ci\` refuses it`),
  );
  return [...addresses, ...missing];
}

/** Every folder of the tree has its paragraph in ARCHITECTURE.md. */
function architecture(folder) {
  const page = path.join(folder, "ARCHITECTURE.md");
  if (!existsSync(page)) return ["ARCHITECTURE.md is missing"];
  const text = readFileSync(page, "utf8");
  return described(folder)
    .filter((name) => !text.includes(`\`${name}/\``))
    .map((name) => `ARCHITECTURE.md: says nothing of \`${name}/\``);
}

function described(folder) {
  const folders = (name) =>
    existsSync(path.join(folder, name))
      ? readdirSync(path.join(folder, name), { withFileTypes: true })
          .filter((entry) => entry.isDirectory())
          .map((entry) => `${name}/${entry.name}`)
      : [];
  const hidden = /node_modules|\/dist$|^\.(?!ci)/;
  return [
    ...["bench", "docs", "examples", "lint", "scripts"].filter((n) =>
      existsSync(path.join(folder, n)),
    ),
    ...folders("packages"),
    ...folders("packages/server/src"),
    ...folders("packages/emulator/src"),
  ].filter((name) => !hidden.test(name));
}

function isTest(file) {
  return /\/test\/|\.test\.ts$/.test(file);
}

if (process.argv[1] === import.meta.filename) {
  const problems = tidy();
  for (const problem of problems) console.error(problem);
  if (problems.length === 0) console.log(`tidy: ${sources(root).length} files, nothing to say`);
  process.exit(problems.length === 0 ? 0 : 1);
}

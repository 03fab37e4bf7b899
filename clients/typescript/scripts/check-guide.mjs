// Every piece of code in docs/clients.md is cut from a program that CI runs. Blocks marked `ts` are for browsers,
// where the web app does the same.
import { readFile } from "node:fs/promises";

const root = new URL("../../../", import.meta.url);
const read = (path) => readFile(new URL(path, root), "utf8");
const sources = {
  js: await read("clients/typescript/examples/guide.mjs"),
  rust: await read("client/examples/two_devices.rs"),
};
const guide = await read("docs/clients.md");
let pieces = 0;
let wrong = 0;
for (const [, language, code] of guide.matchAll(/^```(js|rust)\n(.*?)^```$/gms)) {
  pieces += 1;
  if (!sources[language].includes(code)) {
    wrong += 1;
    console.error(`not in the ${language} example:\n${code}`);
  }
}
console.log(`${pieces} pieces of the guide are ${wrong === 0 ? "all" : "not all"} in the examples`);
process.exit(wrong === 0 && pieces > 0 ? 0 : 1);

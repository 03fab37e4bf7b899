// Every piece of code in the guides is cut from a program that CI runs. Blocks marked `ts` (not `typescript`), `sh` and `text` are not
// looked at: calls in browsers, where the web app does the same, and what operators type.
import { readFile } from "node:fs/promises";

const root = new URL("../../../", import.meta.url);
const read = (path) => readFile(new URL(path, root), "utf8");
const guides = ["docs/clients.md", "docs/files.md", "docs/calls.md", "docs/push.md"];
const programs = {
  js: ["clients/typescript/examples/guide.mjs", "clients/typescript/examples/webhook.mjs"],
  rust: ["client/examples/two_devices.rs"],
  python: ["docs/examples/webrtc/pair.py", "tests/tus/resume.py"],
  typescript: ["web/src/app/push.ts"],
};

const sources = {};
for (const [language, paths] of Object.entries(programs)) {
  sources[language] = (await Promise.all(paths.map(read))).join("\n");
}
let pieces = 0;
let wrong = 0;
for (const guide of guides) {
  for (const [, language, code] of (await read(guide)).matchAll(/^```(\w+)\n(.*?)^```$/gms)) {
    if (sources[language] === undefined) {
      continue;
    }
    pieces += 1;
    if (!sources[language].includes(code)) {
      wrong += 1;
      console.error(`${guide}: not in a program that CI runs:\n${code}`);
    }
  }
}
console.log(`${pieces - wrong} of ${pieces} pieces of the guides are in programs that CI runs`);
process.exit(wrong === 0 && pieces > 0 ? 0 : 1);

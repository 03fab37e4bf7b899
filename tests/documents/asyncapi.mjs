// Reads an AsyncAPI document with the parser of its makers; fails at the first error or warning.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const text = readFileSync(process.argv[2], "utf8");
const { document, diagnostics } = await new Parser().parse(text);
// 0 is an error and 1 a warning; below are notes about the form's newest version.
const found = diagnostics.filter(({ severity }) => severity <= 1);
for (const { code, message, path } of found) console.error(`${code}: ${message} at ${path.join(".")}`);
if (!document || found.length > 0) process.exit(1);
console.log(`${document.allMessages().length} messages are in order`);

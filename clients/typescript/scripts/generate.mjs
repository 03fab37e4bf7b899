// Makes the types of the wire from the server's two documents.
//
//   npm run generate -- http://127.0.0.1:8080            writes src/generated/
//   npm run generate -- http://127.0.0.1:8080 --check    fails where they differ
//
// Instead of an address, a directory with openapi.json and asyncapi.json will do.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";

const [from, check] = process.argv.slice(2);
if (from === undefined || (check !== undefined && check !== "--check")) {
  console.error("usage: generate ADDRESS|DIRECTORY [--check]");
  process.exit(2);
}
const out = fileURLToPath(new URL("../src/generated/", import.meta.url));

async function document(name) {
  if (!/^https?:/.test(from)) {
    return JSON.parse(await readFile(join(from, name), "utf8"));
  }
  const answer = await fetch(new URL(name, from.endsWith("/") ? from : `${from}/`));
  if (!answer.ok) {
    throw new Error(`${name}: ${answer.status}`);
  }
  return await answer.json();
}

/** `event.message.new` → `EventMessageNew`. */
function typeName(key) {
  return key.replace(/(?:^|[._])(.)/g, (_, letter) => letter.toUpperCase());
}

/** The messages of the socket as schemas beside those that they use; open objects are of use to no compiler. */
function socketSchemas(asyncapi) {
  const { messages, schemas } = asyncapi.components;
  const named = Object.entries(messages).map(([key, message]) => {
    const { additionalProperties: _, ...payload } = message.payload;
    return [typeName(key), { description: message.summary, ...payload }];
  });
  return { ...schemas, ...Object.fromEntries(named) };
}

/** Refusals are all alike (`ApiError`), and headers come with every answer: as types they are 20,000 lines. */
function successes(openapi) {
  for (const path of Object.values(openapi.paths)) {
    for (const operation of Object.values(path)) {
      for (const [status, response] of Object.entries(operation.responses ?? {})) {
        delete response.headers;
        if (!status.startsWith("2")) {
          delete operation.responses[status];
        }
      }
    }
  }
  const { schemas, parameters } = openapi.components;
  return { ...openapi, components: { schemas, ...(parameters && { parameters }) } };
}

async function types(document) {
  return astToString(await openapiTS(document, { immutable: true, silent: true }));
}

function union(name, about, asyncapi, side) {
  const members = Object.keys(asyncapi.components.messages).filter((key) => key.startsWith(side));
  const lines = members.map((key) => `  | components["schemas"]["${typeName(key)}"]`);
  return `\n/** ${about} */\nexport type ${name} =\n${lines.join("\n")};\n`;
}

const head = "// Made by `npm run generate` from the server's documents; changes here are lost.\n\n";
const openapi = await document("openapi.json");
const asyncapi = await document("asyncapi.json");
const socket = {
  openapi: "3.1.0",
  info: asyncapi.info,
  paths: {},
  components: { schemas: socketSchemas(asyncapi) },
};
const files = {
  "rest.ts": head + (await types(successes(openapi))),
  "socket.ts":
    head +
    (await types(socket)) +
    union("ServerEvent", "What the server says on a socket.", asyncapi, "event.") +
    union("ClientFrame", "What a client says on a socket.", asyncapi, "frame."),
};

let differs = false;
await mkdir(out, { recursive: true });
for (const [name, text] of Object.entries(files)) {
  const path = join(out, name);
  if (check === undefined) {
    await writeFile(path, text);
  } else if ((await readFile(path, "utf8").catch(() => "")) !== text) {
    console.error(`src/generated/${name} is not what the server says now: npm run generate`);
    differs = true;
  }
}
process.exit(differs ? 1 : 0);

// A client whose types are those that openapi-typescript has made from the API document.
import type { components, paths } from "./api.js";

type Register = paths["/v1/auth/register"]["post"];
type Body = NonNullable<Register["requestBody"]>["content"]["application/json"];
type Registered = Register["responses"][201]["content"]["application/json"];
type Failure = components["schemas"]["Failure"];
type Conversations =
  paths["/v1/conversations"]["get"]["responses"][200]["content"]["application/json"];

// What Node has beside a browser.
declare const process: { argv: string[] };
const base = process.argv[2];

async function ask<T extends { success: true }>(path: string, init: RequestInit): Promise<T> {
  const answer = await fetch(base + path, init);
  const body = (await answer.json()) as T | Failure;
  if (!body.success) throw new Error(`${body.code}: ${body.error}`);
  return body as T;
}

const name = `typed_${Date.now()}`;
const body: Body = {
  email: `${name}@example.com`,
  username: name,
  password: "correct horse battery",
  device_id: "browser",
};
const registered = await ask<Registered>("/v1/auth/register", {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});
const listed = await ask<Conversations>("/v1/conversations", {
  headers: { authorization: `Bearer ${registered.data.access_token}` },
});
const total: number = listed.data.total;
if (total !== 0 || registered.data.user.username !== name) throw new Error("not what was asked for");
const gap: components["schemas"]["Messages"]["gaps"][number] | undefined = undefined;
console.log(`typescript: ${registered.data.user.username} has ${total} conversations`, gap ?? "");

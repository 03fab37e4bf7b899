// The operator's side of pushes that go through a webhook: docs/push.md quotes it, and a test has the real server
// call it.
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

/** A request is refused that was signed longer ago, milliseconds. */
const AGE_MAX_MS = 300_000;

// #region verify
/** Whether a request was signed by the chat server, and lately. */
export function isGenuine(secret, signature, body) {
  const [, seconds, hex] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature ?? "") ?? [];
  if (seconds === undefined || Math.abs(Date.now() - Number(seconds) * 1000) > AGE_MAX_MS) {
    return false;
  }
  const expected = createHmac("sha256", secret).update(`${seconds}.`).update(body).digest();
  return timingSafeEqual(expected, Buffer.from(hex, "hex"));
}
// #endregion

// #region serve
/** `wake` hands a push to the platform's service, and answers whether it still knows the token. */
export function webhook(secret, wake) {
  return createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    const body = Buffer.concat(chunks);
    if (!isGenuine(secret, request.headers["x-sentinal-signature"], body)) {
      response.writeHead(401).end();
      return;
    }
    const { platform, token, payload, ttl_seconds, urgency } = JSON.parse(body);
    const isKnown = await wake({ platform, token, payload, ttl_seconds, urgency });
    response.writeHead(isKnown ? 204 : 410).end();
  });
}
// #endregion

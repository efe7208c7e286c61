import { createHmac, timingSafeEqual } from "node:crypto";

// The event, or null if Caty didn't send it.
// body: a Buffer of the bytes as they came, in Express by express.raw({ type: "application/json" }).
// signature: the header X-Caty-Signature.
export function readEvent(body, signature, secret) {
  const expected = Buffer.from("sha256=" + createHmac("sha256", secret).update(body).digest("hex"));
  const given = Buffer.from(signature ?? "");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
  return JSON.parse(body.toString("utf8"));
}

import { Webhook, WebhookVerificationError } from "standardwebhooks";

// The event, or null if Caty didn't send it within the last five minutes. headers: with lower-case names.
export function readEvent(body, headers, secret) {
  try {
    return new Webhook(secret).verify(body, headers);
  } catch (error) {
    if (error instanceof WebhookVerificationError) return null;
    throw error;
  }
}

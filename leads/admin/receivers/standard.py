from standardwebhooks import Webhook, WebhookVerificationError


def read_event(body: bytes, headers: dict[str, str], secret: str) -> dict | None:
    """The event, or None if Caty didn't send it within the last five minutes."""
    try:
        return Webhook(secret).verify(body, headers)
    except (WebhookVerificationError, ValueError):  # the latter: it has no signature's form
        return None

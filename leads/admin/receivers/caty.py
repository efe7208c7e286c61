import hashlib
import hmac
import json


def read_event(body: bytes, signature: str, secret: str) -> dict | None:
    """The event, or None if Caty didn't send it.

    body: the bytes as they came, before anything parsed them. signature: the header X-Caty-Signature.
    """
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        return None
    return json.loads(body)

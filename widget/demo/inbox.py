"""What the sink has received: the last hundred webhooks, in a Redis list that forgets them after a week."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from django.conf import settings

from caty.lib.redis import client

MOST_KEPT = 100
KEPT_SECONDS = 7 * 24 * 3600
MOST_ROWS = 60


class NotAWebhook(ValueError):
    """The body is not a JSON object in UTF-8."""


@dataclass(frozen=True, kw_only=True)
class ReceivedWebhook:
    """`rows` are (name, value) of the fields that are filled in, for reading; `body` is the text as it came;
    `received_at` an ISO time in UTC."""

    event: str
    received_at: str
    is_verified: bool
    rows: tuple[tuple[str, str], ...]
    body: str

    @property
    def received(self) -> datetime:
        return datetime.fromisoformat(self.received_at)


def keep(body: bytes, *, is_verified: bool, received_at: datetime) -> None:
    """Put a webhook before all others. Raises NotAWebhook."""
    entry = json.dumps(asdict(_opened(body, is_verified=is_verified, received_at=received_at)))
    with client().pipeline() as pipeline:
        pipeline.lpush(_key(), entry)
        pipeline.ltrim(_key(), 0, MOST_KEPT - 1)
        pipeline.expire(_key(), KEPT_SECONDS)
        pipeline.execute()


def read() -> list[ReceivedWebhook]:
    """Newest first."""
    return [ReceivedWebhook(**json.loads(entry)) for entry in client().lrange(_key(), 0, MOST_KEPT - 1)]


def clear() -> None:
    client().delete(_key())


def _opened(body: bytes, *, is_verified: bool, received_at: datetime) -> ReceivedWebhook:
    try:
        content = json.loads(body.decode())
        if not isinstance(content, dict):
            raise NotAWebhook
        rows = tuple(_rows(content))[:MOST_ROWS]
    except (ValueError, RecursionError) as error:
        raise NotAWebhook("The body is not a JSON object.") from error
    return ReceivedWebhook(
        event=_text(content.get("event", "no event named")),
        received_at=received_at.isoformat(),
        is_verified=is_verified,
        rows=rows,
        body=body.decode(),
    )


def _rows(content: dict) -> Iterator[tuple[str, str]]:
    """The fields of `data`, and of objects directly in it, that are filled in; then what identifies the webhook."""
    data = content.get("data")
    for name, value in (data if isinstance(data, dict) else {}).items():
        if isinstance(value, dict):
            yield from ((_text(f"{name}: {inner}"), _text(part)) for inner, part in value.items())
        elif value not in (None, "", []):
            yield _text(name), _text(value)
    for name in ("id", "timestamp"):
        if content.get(name):
            yield name, _text(content[name])


def _text(value: object) -> str:
    """`value` as text that can be written out again: JSON may smuggle in half a surrogate pair."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.encode("utf-8", "replace").decode()


def _key() -> str:
    return f"{settings.REDIS_KEY_PREFIX}:demo:sink"

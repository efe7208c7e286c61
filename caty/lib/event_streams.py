"""A response that goes on: `text/event-stream`, as the HTML standard has it."""

from collections.abc import Iterable

from django.http import StreamingHttpResponse

MEDIA_TYPE = "text/event-stream"
HEADERS = {
    "Cache-Control": "no-cache",
    "X-Accel-Buffering": "no",  # nginx would keep the pieces until they fill a buffer
}
COMMENT = b": \n\n"
COMMENT_SECONDS = 15.0  # routers cut what is silent for longer than some of these


def event_stream(pieces: Iterable[bytes]) -> StreamingHttpResponse:
    """The response whose body these are, as they come. Closed with it where they can be."""
    return StreamingHttpResponse(pieces, content_type=f"{MEDIA_TYPE}; charset=utf-8", headers=HEADERS)


def event(name: str, data: bytes) -> bytes:
    """One event. `data` is JSON, in which line breaks are escaped."""
    return b"event: " + name.encode() + b"\ndata: " + data + b"\n\n"

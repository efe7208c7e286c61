"""Bodies that never come, drip, or are cut into pieces wrongly."""

import io
import json

import gevent
import pytest
from gunicorn.http.errors import InvalidChunkSize

from caty.incoming import BodyBrokenOff, PunctualBody


class Dripping:
    """A stream that gives a byte now and then, for ever."""

    def __init__(self):
        self.given = 0

    def read(self, size):
        body = b""
        while len(body) < size:
            gevent.sleep(0.002)
            body += b"x"
            self.given += 1
        return body


class Misframed:
    def read(self, size):
        raise InvalidChunkSize(b"my mail is ann@example.com")


def test_a_body_that_is_there_is_read_whole():
    body = PunctualBody(io.BytesIO(b"one\ntwo\n"))

    assert (body.readline(), body.read(), body.read()) == (b"one\n", b"two\n", b"")
    assert list(PunctualBody(io.BytesIO(b"one\ntwo"))) == [b"one\n", b"two"]


def test_a_dripping_body_is_broken_off_however_often_it_is_asked_for():
    stream = Dripping()
    body = PunctualBody(stream, seconds=0.02)

    with pytest.raises(BodyBrokenOff):
        list(iter(lambda: body.read(1), b""))

    assert stream.given < 20


def test_wrong_chunks_are_told_without_their_content():
    with pytest.raises(BodyBrokenOff) as broken:
        PunctualBody(Misframed()).read(100)

    assert (str(broken.value), broken.value.__cause__) == ("The body's chunks are malformed.", None)
    assert broken.value.__suppress_context__


@pytest.mark.django_db
@pytest.mark.parametrize("stream", [Dripping(), Misframed()])
def test_such_a_body_is_the_callers_mistake(client, stream):
    answer = client.generic("POST", "/api/widget/session", **_chunked(PunctualBody(stream, seconds=0.01)))

    assert (answer.status_code, json.loads(answer.content)["error"]) == (400, "The body broke off.")


def _chunked(body: PunctualBody) -> dict:
    """A request as the server hands a chunked one over."""
    return {"wsgi.input": body, "wsgi.input_terminated": True, "CONTENT_LENGTH": "", "CONTENT_TYPE": "application/json"}

"""Bodies are bounded before they are parsed, and parsed strictly: no value gets in that PostgreSQL could not keep."""

import json
import math
from io import BytesIO
from typing import NoReturn

from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http.multipartparser import MultiPartParser as FormParser
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from caty.lib.api import PayloadTooLarge, UnsupportedMediaType
from caty.lib.errors import CatyError

MOST_LEVELS = 32
BIGGEST_INTEGER = 2**53 - 1  # RFC 7493 (I-JSON): beyond it, numbers change on their way through a browser
LONGEST_NUMBER = 400


class MalformedBody(CatyError):
    message = "The body is not JSON."


class BoundedRequest(Request):
    """DRF's request, whose body may also come without a Content-Length (chunked), where DRF sees an empty one."""

    def _load_stream(self):
        environ = self._request.META
        is_chunked = environ.get("wsgi.input_terminated") and not environ.get("CONTENT_LENGTH")
        self._stream = environ["wsgi.input"] if is_chunked else self._request


class StrictJSONParser(BaseParser):
    """A JSON object of at most the view's `max_body_bytes`. An empty body is an empty object."""

    media_type = "application/json"

    def parse(self, stream, media_type=None, parser_context=None) -> dict:
        if parser_context["request"].META.get("HTTP_CONTENT_ENCODING", "identity") != "identity":
            raise UnsupportedMediaType("Send the body as it is, without Content-Encoding.")
        return parse_object(read_at_most(stream, parser_context["view"].max_body_bytes))


class StrictPlainTextParser(StrictJSONParser):
    """The same, sent as text/plain: a browser asks no preflight for that, and a closing page can still send it."""

    media_type = "text/plain"


class MultiPartParser(BaseParser):
    """A form with files, of at most the view's `max_body_bytes`, held in memory: its fields, and its files as Django's
    UploadedFile. Of several with one name the last counts."""

    media_type = "multipart/form-data"

    def parse(self, stream, media_type=None, parser_context=None) -> dict:
        request = parser_context["request"]
        body = read_at_most(stream, parser_context["view"].max_body_bytes)
        told = {"CONTENT_TYPE": request.META.get("CONTENT_TYPE", ""), "CONTENT_LENGTH": str(len(body))}
        try:
            form = FormParser(told, BytesIO(body), [_InMemory(request._request)], "utf-8")
            fields, files = form.parse()
        except (MultiPartParserError, SuspiciousOperation) as error:
            raise MalformedBody("The body is not a form with a file.") from error
        values = {**fields.dict(), **files.dict()}
        for value in values.values():
            if isinstance(value, str):
                _check_string(value)
        return values


class _InMemory(MemoryFileUploadHandler):
    """Bounded already, whatever its size: nothing is written to a disk."""

    def handle_raw_input(self, *_, **__) -> None:
        self.activated = True


def read_at_most(stream, most_bytes: int) -> bytes:
    """The whole body; raises PayloadTooLarge after one byte more than allowed, MalformedBody when it breaks off."""
    try:
        body = stream.read(most_bytes + 1)
    except (UnreadablePostError, OSError) as error:
        raise MalformedBody("The body broke off.") from error
    if len(body) > most_bytes:
        raise PayloadTooLarge(f"The body is larger than {most_bytes // 1024} kB.")
    return body


def parse_object(body: bytes) -> dict:
    """The JSON object in `body`; {} for an empty one. Raises MalformedBody.

    Refused: other encodings than UTF-8, NUL and lone surrogates in strings, NaN and infinities, integers a browser
    would change, more than 32 levels.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedBody("The body is not UTF-8.") from error
    if not text.strip():
        return {}
    try:
        value = _DECODER.decode(text)
    except RecursionError as error:
        raise MalformedBody("The body is nested too deeply.") from error
    except ValueError as error:
        raise MalformedBody from error
    if not isinstance(value, dict):
        raise MalformedBody("The body must be a JSON object.")
    # Control characters and surrogates only come in as escapes; without any, and with few brackets, all is well.
    if "\\u" in text or text.count("{") + text.count("[") > MOST_LEVELS:
        _check_depth_and_strings(value)
    return value


def _check_depth_and_strings(value: dict) -> None:
    level = [value]
    for _ in range(MOST_LEVELS + 1):
        below = []
        for one in level:
            if isinstance(one, str):
                _check_string(one)
            elif isinstance(one, dict):
                below.extend(one)
                below.extend(one.values())
            elif isinstance(one, list):
                below.extend(one)
        if not below:
            return
        level = below
    raise MalformedBody("The body is nested too deeply.")


def _check_string(text: str) -> None:
    if "\x00" in text:
        raise MalformedBody("The body has a NUL character in a string.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise MalformedBody("The body has half a surrogate pair in a string.") from error


def _integer(digits: str) -> int:
    value = int(digits) if len(digits) <= 20 else BIGGEST_INTEGER + 1
    if abs(value) > BIGGEST_INTEGER:
        raise MalformedBody("The body has a number that is too large.")
    return value


def _fraction(digits: str) -> float:
    value = float(digits) if len(digits) <= LONGEST_NUMBER else math.inf
    if not math.isfinite(value):
        raise MalformedBody("The body has a number that is too large.")
    return value


def _constant(name: str) -> NoReturn:
    raise MalformedBody(f"{name} is not JSON.")


_DECODER = json.JSONDecoder(parse_int=_integer, parse_float=_fraction, parse_constant=_constant)

"""Log lines: a request's id, nothing that must not be there, and one line each."""

import logging
import sys
import time

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from caty.lib import logs
from caty.lib.logs import LineFormatter, RequestIdFilter, mask
from caty.lib.middleware import RequestIdMiddleware


def line(message, *args, exc_info=None) -> str:
    record = logging.LogRecord("caty.test", logging.INFO, __file__, 1, message, args, exc_info)
    RequestIdFilter().filter(record)
    return LineFormatter().format(record)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("key caty_23456789ABCDEFGHJKLMNPQRSTUVWXYZ is used", "key caty_… is used"),
        ("session=sess_23456789ABCDEFGHJKLMNP ended", "session=sess_… ended"),
        ("vis_23456789ABCDEFGHJKLMNP", "vis_…"),
        ("conv_23456789ABCDEFGHJKLMNP", "conv_23456789ABCDEFGHJKLMNP"),
        ("Authorization: Bearer sk-ant-api03-abc_DEF-1", "Authorization: Bearer …"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_…"),
        ("mail to John.Smith+x@example.co.uk failed", "mail to …@… failed"),
        ("jürgen@münchen.example", "…@…"),
        ("Key (email)=(john@example.com) already exists", "Key (email)=(…@…) already exists"),
        ("redis://user:hunter2@127.0.0.1:6379/0", "redis://…@127.0.0.1:6379/0"),
        ("GET /config?key=caty&x=1&password=hunter2", "GET /config?key=…&x=1&password=…"),
        ("lead.captured lead_id=lead_23456789", "lead.captured lead_id=lead_23456789"),
    ],
)
def test_what_must_not_be_in_a_log_is_masked(text, masked):
    assert mask(text) == masked


def test_a_line_carries_the_request_and_no_second_line():
    token = logs.request_id.set("req_1")

    text = line("event.seen name=%s", "a\r\n2026-11-22 ERROR forged")

    logs.request_id.reset(token)
    assert text.endswith("INFO caty.test [req_1] event.seen name=a\\r\\n2026-11-22 ERROR forged")


def test_a_traceback_is_masked():
    try:
        raise ValueError("john@example.com said no")
    except ValueError:
        text = line("it.failed", exc_info=sys.exc_info())

    assert "ValueError: …@… said no" in text
    assert "john" not in text


def test_a_long_message_is_cut():
    assert len(line("x" * 100_000)) < 4100


@pytest.mark.parametrize("text", ["a" * 100_000 + "@", "//" + "a" * 100_000 + "@", "a@" * 50_000, "key=" * 25_000])
def test_masking_a_long_text_takes_no_long_time(text):
    started = time.perf_counter()

    mask(text)

    assert time.perf_counter() - started < 1


def test_every_answer_carries_an_id_of_ours():
    seen = []

    def view(request):
        seen.append((request.id, logs.request_id.get()))
        return HttpResponse()

    response = RequestIdMiddleware(view)(RequestFactory().get("/", HTTP_X_REQUEST_ID="req_forged"))

    assert seen == [(response["X-Request-Id"], response["X-Request-Id"])]
    assert response["X-Request-Id"].startswith("req_")
    assert "forged" not in response["X-Request-Id"]
    assert logs.request_id.get() == "-"

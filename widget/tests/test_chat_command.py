"""Chatting in the terminal, with the demo business as the one that answers."""

import io

import pytest
from django.core.management import CommandError, call_command

from widget.models import Session

pytestmark = [pytest.mark.django_db, pytest.mark.urls("widget.tests.demo_urls")]


@pytest.fixture
def shop(settings):
    settings.DEMO = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    call_command("demo", stdout=io.StringIO())


def type_in(monkeypatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_question_in_the_terminal_is_answered_with_its_source(monkeypatch, capsys, shop):
    type_in(monkeypatch, "What are your monthly plans and what do they cost?\n\n/quit\nlost\n")

    call_command("chat", "demo")

    printed = capsys.readouterr().out
    assert printed.startswith("Pip: Hello! I'm Pip.")
    assert "Everyday, a city e-bike, for £59 a month" in printed
    assert "Source: What are your monthly plans and what do they cost? (/demo/help/monthly-plans)" in printed
    assert "intent pricing_inquiry" in printed
    assert "lead score 30" in printed
    session = Session.objects.order_by("-pk").first()
    assert session.message_count == 1
    assert session.ended_at is not None


def test_chat_with_an_unknown_business_is_refused(db):
    with pytest.raises(CommandError, match="no active business"):
        call_command("chat", "nobody")

"""What is pressed twice at the same time happens once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from tenants.models import ApiKey, FirstHour, Job, Source
from widget.services import first_hour
from widget.tests.first_hour_cases import NOW

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(act) -> None:
    def alone(_number: int) -> None:
        try:
            act()
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(alone, range(6)))


def test_a_website_is_read_once(acme):
    at_once(lambda: first_hour.read_website(acme, "acme.example", user_id=None, now=NOW))

    assert (Source.objects.count(), Job.objects.count(), FirstHour.objects.count()) == (1, 1, 1)


def test_a_text_is_read_once(acme):
    at_once(lambda: first_hour.read_text(acme, "Nine to six.", user_id=None, now=NOW))

    assert (Source.objects.count(), Job.objects.count()) == (1, 1)


def test_looks_are_proposed_once_and_questions_asked_once(acme):
    at_once(lambda: first_hour.propose_looks(acme, user_id=None, now=NOW))
    at_once(lambda: first_hour.ask_questions(acme, user_id=None, now=NOW))

    assert sorted(Job.objects.values_list("kind", flat=True)) == ["widget.ask_first_questions", "widget.propose_looks"]


def test_one_key_is_good_of_those_made_at_once(acme):
    at_once(lambda: first_hour.make_key(acme, now=timezone.now()))

    assert ApiKey.objects.filter(revoked_at=None).count() == 1

"""Limits let exactly so many through, count each address for itself, and are told in headers."""

import pytest

from leads.models import Lead
from widget.models import Message, Session
from widget.tests.door import Door, limit


def statuses(count, call):
    return [call().status_code for _ in range(count)]


def test_exactly_as_many_requests_a_minute_as_allowed(acme):
    limit(acme, requests_per_minute=5)
    door = Door(acme)

    assert statuses(7, lambda: door.get("config")) == [200] * 5 + [429] * 2


def test_what_is_left_is_told(acme):
    limit(acme, requests_per_minute=5)
    door = Door(acme)

    told = [door.get("config") for _ in range(2)]

    assert [(one["RateLimit-Limit"], one["RateLimit-Remaining"]) for one in told] == [("5", "4"), ("5", "3")]
    assert 1 <= int(told[1]["RateLimit-Reset"]) <= 60


def test_errors_of_known_callers_tell_it_too(acme):
    response = Door(acme).post("end", {"session_id": "sess_1"})

    assert (response.status_code, response["RateLimit-Remaining"]) == (404, "99")


def test_unknown_callers_are_told_nothing(acme):
    response = Door(acme).get("config", headers={"X-API-Key": None})

    assert "RateLimit-Limit" not in response


@pytest.mark.parametrize(("allowed", "tenth"), [(30, 3), (5, 1)])
def test_server_without_origin_gets_a_tenth(acme, allowed, tenth):
    limit(acme, requests_per_minute=allowed)
    server = Door(acme, origin=None)

    assert statuses(tenth + 1, lambda: server.get("config")) == [200] * tenth + [429]


def test_each_address_and_each_tenant_has_its_own(acme, rival):
    limit(acme, requests_per_minute=1)
    limit(rival, requests_per_minute=1)
    ours, theirs = Door(acme), Door(rival)
    assert statuses(2, lambda: ours.get("config")) == [200, 429]

    ours.client.defaults["REMOTE_ADDR"] = "198.51.100.9"

    assert ours.get("config").status_code == 200
    assert theirs.get("config").status_code == 200


def test_addresses_of_one_ipv6_network_share_it(acme):
    limit(acme, requests_per_minute=1)
    door = Door(acme)
    door.client.defaults["REMOTE_ADDR"] = "2001:db8:1:2::1"
    assert door.get("config").status_code == 200

    door.client.defaults["REMOTE_ADDR"] = "2001:db8:1:2:ffff::9"

    assert door.get("config").status_code == 429


def test_new_sessions_an_hour_are_limited_and_known_visitors_are_not(acme):
    limit(acme, sessions_per_hour=2)
    door = Door(acme)
    visitor_id = door.post("session", {}).json()["visitor_id"]

    assert statuses(2, lambda: door.post("session", {})) == [200, 429]
    assert door.post("session", {"visitor_id": visitor_id}).status_code == 200
    assert Session.objects.count() == 2


def test_messages_a_minute_are_limited(acme):
    limit(acme, messages_per_minute=2)
    door = Door(acme)
    session_id = door.start()

    assert statuses(3, lambda: door.ask(session_id)) == [200, 200, 429]
    assert Message.objects.filter(role="visitor").count() == 2


def test_new_leads_an_hour_are_limited(acme):
    limit(acme, leads_per_hour=1)
    door = Door(acme)
    session_id = door.start()
    emails = iter(["jo@customer.example", "li@customer.example"])

    answers = statuses(2, lambda: door.post("lead", {"session_id": session_id, "email": next(emails)}))

    assert answers == [200, 429]
    assert Lead.objects.count() == 1


def test_preflights_are_not_counted(acme):
    limit(acme, requests_per_minute=1)
    door = Door(acme)

    for _ in range(3):
        door.client.options("/api/widget/config", headers={"Origin": door.origin})

    assert door.get("config").status_code == 200


def test_page_on_our_own_host_is_a_page_and_no_server(acme):
    limit(acme, requests_per_minute=20)
    acme.origins.create(pattern="http://testserver")
    page = Door(acme, origin=None)

    answer = page.get("config", headers={"Sec-Fetch-Site": "same-origin"})

    assert answer.status_code == 200
    assert answer.headers["RateLimit-Limit"] == "20"


def test_page_on_our_own_host_needs_to_be_allowed_too(acme):
    answer = Door(acme, origin=None).get("config", headers={"Sec-Fetch-Site": "same-origin"})

    assert (answer.status_code, answer.json()["code"]) == (403, "ORIGIN_NOT_ALLOWED")

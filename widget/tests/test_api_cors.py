"""A browser on any page gets its preflight answered, without a look at key, origin or address."""

import pytest

from widget.tests.door import Door

PREFLIGHT = {
    "Origin": "https://rival.example",
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "x-api-key,content-type",
}


@pytest.mark.parametrize("path", ["config", "session", "message", "proactive/dismissed", "nothing", "session/"])
def test_every_preflight_is_answered_alike(client, path):
    response = client.options(f"/api/widget/{path}", headers=PREFLIGHT)

    assert (response.status_code, response.content) == (204, b"")
    assert dict(response.headers) == {
        "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
        "Access-Control-Allow-Headers": "X-API-Key, Content-Type, Idempotency-Key, If-None-Match",
        "Access-Control-Max-Age": "86400",
        "Access-Control-Allow-Origin": "*",
        "X-Request-Id": response["X-Request-Id"],
    }


def test_answers_are_readable_and_never_with_credentials(acme):
    response = Door(acme).post("session", {})

    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Access-Control-Expose-Headers"] == (
        "Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, X-Request-Id, ETag"
    )
    assert "Access-Control-Allow-Credentials" not in response
    assert not response.cookies


def test_errors_are_readable_too(acme):
    door = Door(acme, origin="https://elsewhere.example")

    for response in (door.post("session", {}), door.get("nothing"), door.get("config", headers={"X-API-Key": None})):
        assert response.status_code >= 400
        assert response["Access-Control-Allow-Origin"] == "*"


def test_other_pages_are_not_opened_to_browsers(client, db):
    for path in ("/api/schema", "/healthz", "/admin/login/"):
        assert "Access-Control-Allow-Origin" not in client.get(path)

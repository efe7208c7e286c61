"""Every failure in one shape, with its code, readable by a browser."""

import pytest

from tenants.models import ApiKey
from widget.models import Session
from widget.tests.door import Door, limit

NO_SESSION = "sess_" + "2" * 22


@pytest.fixture
def door(acme):
    return Door(acme)


def assert_error(response, status, code):
    body = response.json()
    assert (response.status_code, body["code"]) == (status, code)
    assert set(body) - {"details"} == {"success", "error", "code", "request_id"}
    assert body["success"] is False
    assert body["error"].endswith(".")
    assert body["request_id"] == response["X-Request-Id"]
    assert response["Content-Type"] == "application/json"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "Retry-After" in response["Access-Control-Expose-Headers"]
    assert response["Cache-Control"] == "no-store"
    return body


def test_without_a_key_401_says_how_to_send_one(door):
    response = door.get("config", headers={"X-API-Key": None})

    assert_error(response, 401, "MISSING_API_KEY")
    assert response["WWW-Authenticate"] == "Api-Key"


@pytest.mark.parametrize("key", ["caty_" + "2" * 32, "caty_short", "nonsense", "caty_" + "é" * 32])
def test_unknown_key_is_401(door, key):
    response = door.get("config", headers={"X-API-Key": key.encode().decode("latin-1")})

    assert_error(response, 401, "INVALID_API_KEY")
    assert response["WWW-Authenticate"] == "Api-Key"


def test_key_that_is_no_text_in_the_body_is_no_key(door):
    response = door.post("session", {"api_key": 5}, headers={"X-API-Key": None})

    assert_error(response, 401, "MISSING_API_KEY")


@pytest.mark.parametrize(
    "origin", ["https://rival.example", "http://acme.example", "https://acme.example:8443", "null"]
)
def test_foreign_origin_is_403_and_starts_nothing(door, origin):
    response = door.post("session", {}, headers={"Origin": origin})

    assert_error(response, 403, "ORIGIN_NOT_ALLOWED")
    assert Session.objects.count() == 0


def test_empty_list_of_sites_refuses_every_page(acme):
    acme.origins.all().delete()

    response = Door(acme).get("config")

    assert_error(response, 403, "ORIGIN_NOT_ALLOWED")


def test_validation_error_names_the_field(door):
    body = assert_error(door.post("session", {"page": {"url": 5}}), 400, "VALIDATION_ERROR")

    assert body["details"] == [{"field": "page.url", "error": "Must be text."}]


@pytest.mark.parametrize("session_id", [NO_SESSION, "sess_1", "", "vis_" + "2" * 22])
def test_unknown_session_is_404(door, session_id):
    assert_error(door.ask(session_id), 404, "NOT_FOUND")


@pytest.mark.parametrize("path", ["/api/widget/nothing", "/api/nothing", "/api/", "/api", "/api/widget/config/more"])
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_unknown_paths_are_404_in_the_same_shape(client, db, path, method):
    response = getattr(client, method)(path)

    body = response.json()
    assert (response.status_code, body["code"]) == (404, "NOT_FOUND")
    assert body["request_id"] == response["X-Request-Id"]


@pytest.mark.parametrize("method", ["put", "patch", "delete", "get"])
def test_other_methods_are_405_and_say_which_is_taken(door, method):
    response = getattr(door.client, method)(
        "/api/widget/session", headers={"X-API-Key": door.key, "Origin": door.origin}
    )

    assert_error(response, 405, "METHOD_NOT_ALLOWED")
    assert response["Allow"] == "POST, OPTIONS"


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain", "x"]
)
def test_other_media_types_are_415(door, content_type):
    response = door.post("message", b"session_id=1", content_type=content_type)

    assert_error(response, 415, "UNSUPPORTED_MEDIA_TYPE")


def test_compressed_body_is_415(door):
    response = door.post("session", b"\x1f\x8b", headers={"Content-Encoding": "gzip"})

    assert_error(response, 415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(("name", "most"), [("message", 256 * 1024), ("track", 64 * 1024)])
def test_body_one_byte_too_large_is_413(door, name, most):
    largest = b'{"session_id": "sess_1", "message": "x"}'.ljust(most)

    assert_error(door.post(name, largest), 404, "NOT_FOUND")
    assert_error(door.post(name, largest + b" "), 413, "PAYLOAD_TOO_LARGE")


def test_too_many_requests_are_429_with_the_seconds_to_wait(acme):
    limit(acme, requests_per_minute=1)
    door = Door(acme)
    door.get("config")

    response = door.get("config")

    assert_error(response, 429, "RATE_LIMITED")
    assert 1 <= int(response["Retry-After"]) <= 60
    assert response["RateLimit-Remaining"] == "0"


def test_idempotency_conflict_is_409(door):
    lead = {"session_id": door.start(), "email": "jo@customer.example"}
    headers = {"Idempotency-Key": "one"}
    assert door.post("lead", lead, headers=headers).status_code == 200

    response = door.post("lead", {**lead, "email": "li@customer.example"}, headers=headers)

    assert_error(response, 409, "IDEMPOTENCY_CONFLICT")


@pytest.mark.urls("widget.tests.faulty_urls")
@pytest.mark.parametrize("name", ["plain", "broken"])
def test_unexpected_failure_is_500_without_a_word_on_what_failed(door, name):
    response = door.get(name)

    assert_error(response, 500, "SERVER_ERROR")
    assert b"ZeroDivision" not in response.content


@pytest.mark.urls("widget.tests.faulty_urls")
def test_unexpected_failure_keeps_its_shape_while_debugging(door, settings):
    settings.DEBUG = True

    assert_error(door.get("broken"), 500, "SERVER_ERROR")


@pytest.mark.urls("widget.tests.faulty_urls")
def test_database_that_does_not_answer_is_503(door):
    response = door.get("gone")

    assert_error(response, 503, "UNAVAILABLE")
    assert response["Retry-After"] == "1"


@pytest.mark.urls("widget.tests.faulty_urls")
def test_what_django_refuses_by_itself_is_in_the_same_shape(door):
    assert_error(door.get("suspicious"), 400, "VALIDATION_ERROR")


def test_refused_key_is_not_noted_as_used(door):
    door.get("config", headers={"X-API-Key": "caty_" + "2" * 32})

    assert ApiKey.objects.get(tenant=door.tenant).last_used_at is None

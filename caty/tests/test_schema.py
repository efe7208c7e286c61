"""The API's description: complete, true, and what the API really does."""

import json
from contextlib import contextmanager
from io import StringIO

import pytest
import schemathesis
from django.core.management import call_command
from django.test import TestCase
from django.test.client import ClientHandler
from drf_spectacular.validation import validate_schema
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft202012Validator
from schemathesis import GenerationMode, checks
from schemathesis.specs.openapi import checks as openapi_checks

from widget.api import examples
from widget.tests.door import Door, limit

ENDPOINTS = {
    "config",
    "session",
    "message",
    "messages",
    "track",
    "proactive",
    "proactive/dismissed",
    "lead",
    "handoff",
    "feedback",
    "consent",
    "end",
    "typing",
    "attachment",
    "satisfaction",
    "transcript",
    "resume",
}
FORMS = {"attachment"}  # with a file, and not as JSON


@pytest.fixture(scope="module")
def description() -> dict:
    """The schema as drf-spectacular writes it, failing on its warnings."""
    written = StringIO()
    call_command("spectacular", "--format", "openapi-json", "--fail-on-warn", stdout=written)
    return json.loads(written.getvalue())


def operations(description):
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_description_is_openapi_3_1_and_has_every_endpoint(description):
    validate_schema(description)  # raises where it is not what OpenAPI asks for
    assert description["openapi"].startswith("3.1")
    assert set(description["paths"]) == {f"/api/widget/{name}" for name in ENDPOINTS}


def test_every_field_and_parameter_is_described(description):
    bare = [
        f"{name}.{field}"
        for name, schema in description["components"]["schemas"].items()
        for field, told in schema.get("properties", {}).items()
        if not told.get("description")
    ]
    bare += [
        f"{path} {parameter['name']}"
        for path, _, operation in operations(description)
        for parameter in operation.get("parameters", [])
        if not parameter.get("description")
    ]

    assert bare == []


def test_every_operation_tells_its_errors_in_the_one_shape(description):
    for path, method, operation in operations(description):
        answers = operation["responses"]
        expected = {"401", "403", "405", "429", "500", "503"}
        if method == "post":
            expected |= {"400", "413", "415"}
        if path.rpartition("/")[2] not in ("config", "session"):
            expected.add("404")
        assert expected <= set(answers), path
        for status in expected:
            schema = answers[status]["content"]["application/json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/ErrorAnswer"}


@pytest.mark.parametrize("kind", ["REQUESTS", "ANSWERS"])
def test_examples_are_what_the_description_says(description, kind):
    for path, _, operation in operations(description):
        example = getattr(examples, kind).get(operation["operationId"])
        if example is None:
            assert (path, kind) == ("/api/widget/config", "REQUESTS")
            continue
        part = operation["requestBody"] if kind == "REQUESTS" else operation["responses"]["200"]
        is_form = kind == "REQUESTS" and operation["operationId"] in FORMS
        content = part["content"]["multipart/form-data" if is_form else "application/json"]
        assert [one["value"] for one in content["examples"].values()] == [example]
        Draft202012Validator({**content["schema"], "components": description["components"]}).validate(example)


def test_message_is_answered_as_json_or_as_a_stream(description):
    answered = description["paths"]["/api/widget/message"]["post"]["responses"]["200"]["content"]

    assert set(answered) == {"application/json", "text/event-stream"}
    assert answered["text/event-stream"]["schema"] == {"type": "string"}


def test_description_is_served_to_programs_and_people(client):
    response = client.get("/api/schema")
    page = client.get("/api/docs")

    assert response["Content-Type"] == "application/json"
    assert response.json()["openapi"].startswith("3.1")
    assert page.status_code == 200
    assert b"swagger-ui-bundle.js" in page.content
    assert b"https://" not in page.content.replace(b"https://caty.example", b"")


def application(environ, start_response):
    """The installation as a WSGI application, on the connection of the test's own transaction."""
    response = ClientHandler(enforce_csrf_checks=False)(environ)
    start_response(f"{response.status_code} {response.reason_phrase}", list(response.headers.items()))
    return [response.content]


@pytest.fixture
def door(acme):
    """Acme's site, with limits nobody reaches here."""
    endless = ("requests_per_minute", "messages_per_minute", "sessions_per_hour", "leads_per_hour", "answers_per_hour")
    limit(acme, **dict.fromkeys(endless, 10**6), events_per_session=10**6)
    return Door(acme)


@contextmanager
def left_as_it_was():
    """What happens within is undone, so that every request finds a session that has just begun."""
    atomics = TestCase._enter_atomics()
    try:
        yield
    finally:
        TestCase._rollback_atomics(atomics)


CHECKS = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
@pytest.mark.parametrize("name", sorted(ENDPOINTS))
def test_generated_requests_are_answered_as_described(door, description, name, mode):
    schema = schemathesis.openapi.from_dict(description)
    schema.app = application
    operation = next(iter(schema[f"/api/widget/{name}"].values()))
    headers = {"X-API-Key": door.key, "Origin": door.origin, "Host": "testserver", "Accept-Encoding": "identity"}
    kind = "multipart/form-data" if name in FORMS else "application/json"
    media_type = kind if operation.method == "post" else None
    session_id = door.start()

    @given(case=operation.as_strategy(mode, media_type=media_type))
    @settings(
        max_examples=30,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case):
        if isinstance(case.body, dict) and isinstance(case.body.get("session_id"), str):
            # Without a session that runs, all would end at NOT_FOUND.
            case.body = {**case.body, "session_id": session_id}
        if isinstance(case.body, dict) and isinstance(case.body.get("wait"), int | float) and case.body["wait"] > 0:
            case.body = {**case.body, "wait": 0.001}
        with left_as_it_was():
            case.validate_response(case.call(headers=headers), checks=CHECKS)

    ask()

"""A HubSpot that lives in memory, behind a description of its API that isn't ours: see leads/tests/specs/NOTICE.

What the description knows is judged by it, requests and answers alike; the few calls that it lacks are named here, and
tests compare them literally.
"""

import json
import re
from pathlib import Path
from urllib.parse import unquote

from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.templating.paths.exceptions import PathError
from openapi_core.testing import MockRequest, MockResponse

from leads.tests.standins.serving import Call, Told

SPEC = OpenAPI.from_file_path(str(Path(__file__).parent.parent / "specs" / "hubspot.json"))
HOST = "https://api.hubapi.com"
TOKEN = "pat-eu1-acme"
HUB_ID = 4242
AT = "2026-01-28T12:00:00Z"
OBJECTS = "/crm/objects/2026-09"
NOT_DESCRIBED = (
    ("GET", re.compile(rf"{OBJECTS}/contacts(/[^/]+)?")),
    ("POST", re.compile(r"/crm/associations/2026-09/contacts/notes/batch/read")),
    ("POST", re.compile(rf"{OBJECTS}/notes/batch/read")),
    ("GET", re.compile(r"/account-info/2026-09/details")),
)


class HubSpot:
    """`faults` are answers that are given instead, in turn, by method and the end of the path; with `done_first` the
    call takes effect all the same. `complaints` are what the description had against requests, and answers of ours.
    """

    def __init__(self):
        self.contacts: dict[str, dict[str, str]] = {}
        self.further_emails: dict[str, str] = {}  # of a contact that has several: known when creating, not when reading
        self.notes: dict[str, tuple[str, dict[str, str]]] = {}  # with whose they are
        self.properties = {"email": "E-mail", "phone": "Phone", "firstname": "First", "lastname": "Last"}
        self.properties |= {"company": "Company", "level": "Level"}
        self.options = {"level": ("gold", "silver")}
        self.calls: list[Call] = []
        self.faults: list[tuple[str, str, Told, bool]] = []
        self.complaints: list[str] = []

    @property
    def told(self) -> list[tuple]:
        return [call.told for call in self.calls]

    def fail(self, method: str, end: str, told: Told, *, done_first: bool = False) -> None:
        self.faults.append((method, end, told, done_first))

    def take(self, call: Call) -> Told:
        self.calls.append(call)
        request = MockRequest(HOST, call.method, call.path, args=call.query, headers=call.headers, data=call.body)
        is_described = True
        try:
            SPEC.validate_request(request)
        except PathError:
            is_described = False
            if not any(call.method == method and path.fullmatch(call.path) for method, path in NOT_DESCRIBED):
                return self._complain(f"{call.method} {call.path} is not described")
        except OpenAPIError as error:
            return self._complain(f"{call.method} {call.path}: {error} {error.__cause__}")
        for at, (method, end, told, done_first) in enumerate(self.faults):
            if call.method == method and call.path.endswith(end):
                del self.faults[at]
                if done_first:
                    self._act(call)
                return told
        told = self._act(call)
        if is_described:
            self._check_own(request, told)
        return told

    def _complain(self, words: str) -> Told:
        self.complaints.append(words)
        return _error(400, words)

    def _check_own(self, request: MockRequest, told: Told) -> None:
        try:
            SPEC.validate_response(request, MockResponse(json.dumps(told.json).encode(), told.status))
        except OpenAPIError as error:
            self.complaints.append(f"the stand-in's own answer: {error} {error.__cause__}")

    def _act(self, call: Call) -> Told:
        if call.headers.get("authorization") != f"Bearer {TOKEN}":
            return _error(401, "Authentication credentials not found.", "INVALID_AUTHENTICATION")
        if call.path == "/account-info/2026-09/details":
            return Told(200, {"portalId": HUB_ID, "accountType": "STANDARD", "timeZone": "Europe/Berlin"})
        if call.path == "/crm/properties/2026-09/contacts":
            return Told(200, {"results": [_property(name, label) for name, label in self.properties.items()] + FIXED})
        if call.path == "/crm/associations/2026-09/contacts/notes/batch/read":
            return self._linked_notes(call.json)
        if call.path.startswith(f"{OBJECTS}/notes"):
            return self._read_notes(call.json) if call.path.endswith("/batch/read") else self._add_note(call.json)
        return self._act_on_contacts(call)

    def _act_on_contacts(self, call: Call) -> Told:
        _contacts, _slash, name = call.path.removeprefix(f"{OBJECTS}/contacts").partition("/")
        if not name:
            return Told(200, {"results": []}) if call.method == "GET" else self._create(call.json["properties"])
        if name == "search":
            return self._search(call.json)
        key = self._key(unquote(name), call.query.get("idProperty"))
        if key is None:
            return _error(404, "resource not found", "OBJECT_NOT_FOUND")
        if call.method == "PATCH":
            return self._update(key, call.json["properties"])
        wanted = call.query.get("properties", "").split(",")
        return Told(200, _object(key, {name: self.contacts[key].get(name) for name in wanted if name}))

    def _key(self, name: str, id_property: str | None) -> str | None:
        if id_property is None:
            return name if name in self.contacts else None
        return next((key for key, row in self.contacts.items() if row.get(id_property) == name), None)

    def _search(self, body: dict) -> Told:
        ((rule,),) = [group["filters"] for group in body["filterGroups"]]
        name, value = rule["propertyName"], rule["value"]
        found = [_object(key, row) for key, row in self.contacts.items() if row.get(name) == value]
        return Told(200, {"total": len(found), "results": found[: body["limit"]]})

    def _create(self, properties: dict) -> Told:
        if refusal := self._refusal(properties):
            return refusal
        if not {"email", "firstname", "lastname"} & properties.keys():
            return _error(400, "A contact needs an email, a firstname or a lastname")
        if existing := self._owner(properties.get("email")):
            return _error(409, f"Contact already exists. Existing ID: {existing}", "CONFLICT")
        key = str(101 + len(self.contacts))
        self.contacts[key] = dict(properties)
        return Told(201, _object(key, properties))

    def _update(self, key: str, properties: dict) -> Told:
        if refusal := self._refusal(properties):
            return refusal
        if (existing := self._owner(properties.get("email"))) not in (None, key):
            return _error(409, f"Contact already exists. Existing ID: {existing}", "CONFLICT")
        self.contacts[key] |= properties
        return Told(200, _object(key, self.contacts[key]))

    def _owner(self, email: str | None) -> str | None:
        return self._key(email, "email") or self.further_emails.get(email) if email else None

    def _refusal(self, properties: dict) -> Told | None:
        errors = [
            _named(name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')
            for name in properties
            if name not in self.properties
        ] or [
            _named(name, "INVALID_OPTION", f"{properties[name]} was not one of the allowed options: {options}")
            for name, options in self.options.items()
            if name in properties and properties[name] not in options
        ]
        if not properties.get("email", "@").count("@"):
            errors.append(_named("email", "INVALID_EMAIL", "Email address is invalid"))
        return _error(400, "Property values were not valid: " + json.dumps(errors), errors=errors) if errors else None

    def _add_note(self, body: dict) -> Told:
        ((link,),) = [body["associations"]]
        types = [(kind["associationCategory"], kind["associationTypeId"]) for kind in link["types"]]
        if types != [("HUBSPOT_DEFINED", 202)] or link["to"]["id"] not in self.contacts:
            return _error(400, "One or more associations are not valid")
        if not body["properties"].get("hs_timestamp") or len(body["properties"]["hs_note_body"]) > 65_536:
            return _error(400, "Property values were not valid")
        key = str(9001 + len(self.notes))
        self.notes[key] = (link["to"]["id"], dict(body["properties"]))
        return Told(201, _object(key, body["properties"]))

    def _linked_notes(self, body: dict) -> Told:
        (wanted,) = body["inputs"]
        linked = [
            {"toObjectId": key, "associationTypes": []} for key, (who, _) in self.notes.items() if who == wanted["id"]
        ]
        results = [{"from": wanted, "to": linked}] if linked else []
        return Told(
            200 if linked else 207, {"status": "COMPLETE", "results": results, "startedAt": AT, "completedAt": AT}
        )

    def _read_notes(self, body: dict) -> Told:
        results = [_object(wanted["id"], self.notes[wanted["id"]][1]) for wanted in body["inputs"]]
        return Told(200, {"status": "COMPLETE", "results": results, "startedAt": AT, "completedAt": AT})


def _object(key: str, properties: dict) -> dict:
    return {"id": key, "properties": properties, "createdAt": AT, "updatedAt": AT, "archived": False}


def _named(name: str, code: str, message: str) -> dict:
    return {"message": message, "code": code, "context": {"propertyName": [name]}}


def _error(status: int, message: str, category: str = "VALIDATION_ERROR", errors: list | None = None) -> Told:
    body = {"message": message, "category": category, "correlationId": "b9a1c0de-0000-4000-8000-000000000000"}
    return Told(status, {**body, **({"errors": errors} if errors else {})})


def _property(name: str, label: str, **more) -> dict:
    shape = {"name": name, "label": label, "type": "string", "fieldType": "text", "groupName": "contactinformation"}
    return {**shape, "description": "", "options": [], **more}


FIXED = [
    _property("hs_score", "Computed", calculated=True),
    _property("hs_secret", "Hidden", hidden=True),
    _property("hs_old", "Archived", archived=True),
    _property(
        "createdate",
        "Create date",
        modificationMetadata={"readOnlyValue": True, "readOnlyDefinition": True, "archivable": False},
    ),
]

"""A Pipedrive that lives in memory. Its answers have the shapes that Pipedrive's guides and client libraries show.

There is no description of its API to judge our requests by: tests compare each of them literally.
"""

from collections.abc import Iterator

from leads.tests.standins.serving import Call, Told

TOKEN = "5f0c1e4ab"
TIER, POINTS = "a" * 40, "b" * 40
PERSON_MEMBERS = {"name", "emails", "phones", "custom_fields"}
GONE = {"success": False, "error": "Not found", "error_info": "Please check developers.pipedrive.com."}


class Pipedrive:
    """`faults` are answers that are given instead, in turn, by method and the end of the path; with `done_first` the
    call takes effect all the same. `unindexed` are persons of whom the search does not know yet.
    """

    def __init__(self):
        self.persons: dict[int, dict] = {}
        self.leads: dict[str, dict] = {}
        self.deals: dict[int, dict] = {}
        self.notes: dict[int, dict] = {}
        self.unindexed: set[int] = set()
        self.calls: list[Call] = []
        self.faults: list[tuple[str, str, Told, bool]] = []

    @property
    def told(self) -> list[tuple]:
        return [call.told for call in self.calls]

    @property
    def steps(self) -> list[str]:
        return [f"{call.method} {call.path}" for call in self.calls]

    def fail(self, method: str, end: str, told: Told, *, done_first: bool = False) -> None:
        self.faults.append((method, end, told, done_first))

    def add_person(self, key: int, **columns) -> None:
        empty = {"name": "", "emails": [], "phones": [], "custom_fields": {TIER: None, POINTS: None}}
        self.persons[key] = {"id": key, **empty, **columns}

    def take(self, call: Call) -> Told:
        self.calls.append(call)
        for at, (method, end, told, done_first) in enumerate(self.faults):
            if call.method == method and call.path.endswith(end):
                del self.faults[at]
                if done_first:
                    self._act(call)
                return told
        return self._act(call)

    def _act(self, call: Call) -> Told:
        if call.headers.get("x-api-token") != TOKEN:
            return Told(401, {"success": False, "error": "unauthorized access", "errorCode": 401})
        act = {
            "/api/v2/persons": self._persons,
            "/api/v2/deals": self._deals,
            "/api/v2/personFields": self._person_fields,
            "/v1/leads": self._leads,
            "/v1/notes": self._notes,
            "/v1/users": lambda call, name: _data({"name": "Bo", "company_name": "Acme Ltd", "company_domain": "acme"}),
        }
        place = next((place for place in act if call.path == place or call.path.startswith(f"{place}/")), None)
        if place is None:
            return Told(404, GONE)
        return act[place](call, call.path.removeprefix(place).removeprefix("/"))

    def _persons(self, call: Call, name: str) -> Told:
        if name == "search":
            found = [{"result_score": 0.5, "item": {"id": key, "type": "person"}} for key in self._found(call.query)]
            return _data({"items": found})
        if call.method == "GET" or (name and int(name) not in self.persons):
            return _data(self.persons[int(name)]) if int(name) in self.persons else Told(404, GONE)
        if refusal := _refusal(call.json):
            return Told(400, {"success": False, "error": refusal, "code": "ERR_SCHEMA_VALIDATION_FAILED"})
        key = int(name) if name else 31 + len(self.persons)
        if not name:
            self.add_person(key)
        own = {**self.persons[key]["custom_fields"], **call.json.get("custom_fields", {})}
        self.persons[key] |= {**call.json, "custom_fields": own}
        return _data(self.persons[key], 200 if name else 201)

    def _found(self, query: dict) -> Iterator[int]:
        lists = {"email": "emails", "phone": "phones"}
        for key in sorted(self.persons, reverse=True):
            entries = self.persons[key][lists[query["fields"]]]
            if key not in self.unindexed and any(entry["value"] == query["term"] for entry in entries):
                yield key

    def _leads(self, call: Call, name: str) -> Told:
        if name:
            return _data(self.leads[name]) if name in self.leads else Told(404, GONE)
        if call.method == "GET":
            return _data([row for row in self.leads.values() if _is_of(row, call) and not row["is_archived"]])
        key = f"adf21080-0e10-11eb-879b-05d71fb4260{len(self.leads)}"
        self.leads[key] = {"id": key, "is_archived": False, **call.json}
        return _data(self.leads[key], 201)

    def _deals(self, call: Call, name: str) -> Told:
        if name:
            return _data(self.deals[int(name)]) if int(name) in self.deals else Told(404, GONE)
        return _data([row for row in self.deals.values() if _is_of(row, call) and row["status"] == "open"])

    def _notes(self, call: Call, name: str) -> Told:
        if call.method == "GET":
            owner = next(member for member in call.query if member.endswith("_id"))
            return _data([row for row in self.notes.values() if str(row.get(owner)) == call.query[owner]] or None)
        if call.json.get("lead_id", "") not in ("", *self.leads):
            return Told(400, {"success": False, "error": "Lead not found"})
        key = 501 + len(self.notes)
        self.notes[key] = {"id": key, **call.json}
        return _data(self.notes[key], 201)

    def _person_fields(self, call: Call, name: str) -> Told:
        pages = {None: (FIELDS[:2], "page-two"), "page-two": (FIELDS[2:], None)}
        fields, cursor = pages[call.query.get("cursor")]
        return Told(200, {"success": True, "data": fields, "additional_data": {"next_cursor": cursor}})


def _data(data, status: int = 200) -> Told:
    return Told(status, {"success": True, "data": data})


def _is_of(row: dict, call: Call) -> bool:
    return str(row["person_id"]) == call.query["person_id"]


def _refusal(body: dict) -> str:
    if strange := body.keys() - PERSON_MEMBERS:
        return "; ".join(f"Validation failed: {name}: Parameter '{name}' is not allowed" for name in strange)
    for name, value in body.get("custom_fields", {}).items():
        if name not in (TIER, POINTS):
            return f"Validation failed: custom_fields: Unknown key '{name}'"
        if name == POINTS and not isinstance(value, int | float):
            return "Validation failed: custom_fields: Expected 'number' as value for person custom field 'Points'"
    return ""


def _field(code: str, name: str, kind: str, *, is_custom: bool = True) -> dict:
    return {"field_code": code, "field_name": name, "field_type": kind, "is_custom_field": is_custom}


FIELDS = [
    _field("name", "Name", "varchar", is_custom=False),
    _field(TIER, "Tier", "varchar"),
    _field(POINTS, "Points", "double"),
    _field("c" * 40, "Colour", "enum"),
]

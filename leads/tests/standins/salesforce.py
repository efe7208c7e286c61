"""A Salesforce that remembers: as much of its REST API as a lead's journey needs, and no more."""

import re

from leads.tests.standins.web import Call, Told

BASE = "/services/data/v64.0/"
LEAD_FIELDS = ("Id", "IsConverted", "FirstName", "LastName", "Company", "Email", "Phone", "LeadSource", "Note__c")
WHERE = re.compile(r"(\w+) (=|LIKE) ('(?:[^'\\]|\\.)*'|true|false)")


def refusal(status: int, code: str, message: str = "", fields: tuple[str, ...] = ()) -> Told:
    return Told(status, [{"errorCode": code, "message": message or code, "fields": list(fields)}])


class Salesforce:
    """`fails` are answers given to the next calls instead, by method and the beginning of the path below the version.

    A failing answer that `breaks` is given after the call has been carried out.
    """

    def __init__(self):
        self.rows: dict[str, dict[str, dict]] = {"Lead": {}, "Task": {}}
        self.fails: list[tuple[str, str, Told]] = []
        self.tokens: list[str] = []
        self.instance_url = ""
        self.secret = "secret"

    def answer(self, call: Call) -> Told:
        if call.path == "/services/oauth2/token":
            return self._token(call)
        if call.headers.get("authorization") != f"Bearer {self.tokens[-1]}":
            return refusal(401, "INVALID_SESSION_ID", "Session expired or invalid")
        method, path = call.method, call.path.removeprefix(BASE)
        for at, (failing_method, start, told) in enumerate(self.fails):
            if method == failing_method and path.startswith(start):
                del self.fails[at]
                if told.breaks:
                    self._carry_out(call, path)
                return told
        return self._carry_out(call, path)

    def add(self, kind: str, **row) -> str:
        remote_id = f"{'00Q' if kind == 'Lead' else '00T'}{len(self.rows[kind]) + 1:015d}"
        self.rows[kind][remote_id] = {"Id": remote_id, **row}
        return remote_id

    def end_session(self) -> None:
        self.tokens.append("ended")

    def _token(self, call: Call) -> Told:
        if self.secret != "secret":
            return Told(400, {"error": "invalid_client", "error_description": "invalid client credentials"})
        self.tokens.append(f"token-{len(self.tokens) + 1}")
        return Told(200, {"access_token": self.tokens[-1], "instance_url": self.instance_url, "token_type": "Bearer"})

    def _carry_out(self, call: Call, path: str) -> Told:
        if path == "query/":
            return self._query(call.query["q"])
        kind, remote_id = path.removeprefix("sobjects/").split("/")
        if call.method == "POST":
            return self._create(kind, call.json)
        if remote_id == "describe":
            return Told(200, {"fields": [_described(name) for name in LEAD_FIELDS]})
        if not remote_id:
            rights = dict.fromkeys(("createable", "updateable", "queryable"), True)
            return Told(200, {"objectDescribe": rights, "recentItems": []})
        row = self.rows[kind].get(remote_id)
        if row is None:
            return refusal(404, "NOT_FOUND", "The requested resource does not exist")
        if call.method == "PATCH":
            return self._update(row, call.json)
        return self._row(row, call.query["fields"].split(","))

    def _create(self, kind: str, values: dict) -> Told:
        if kind == "Lead" and (refused := _refused(values)):
            return refused
        required = ("LastName", "Company") if kind == "Lead" else ("WhoId", "Subject", "Status")
        if missing := [name for name in required if not values.get(name)]:
            return refusal(400, "REQUIRED_FIELD_MISSING", f"Required fields are missing: {missing}", tuple(missing))
        if kind == "Task" and self.rows["Lead"].get(values["WhoId"], {}).get("IsConverted"):
            return refusal(400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
        return Told(201, {"id": self.add(kind, **values), "success": True, "errors": []})

    def _update(self, row: dict, values: dict) -> Told:
        if row.get("IsConverted"):
            return refusal(400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
        if refused := _refused(values):
            return refused
        row.update(values)
        return Told(204)

    def _row(self, row: dict, columns: list[str]) -> Told:
        unknown = [name for name in columns if name not in (*LEAD_FIELDS, "ConvertedContactId")]
        if unknown:
            return refusal(400, "INVALID_FIELD", f"No such column '{unknown[0]}' on entity 'Lead'.")
        return Told(200, {"attributes": {"type": "Lead"}, **{name: row.get(name) for name in columns}})

    def _query(self, soql: str) -> Told:
        columns, kind = re.match(r"SELECT (.+?) FROM (\w+) WHERE ", soql).groups()
        if unknown := [name for name in columns.split(", ") if name not in LEAD_FIELDS]:
            message = f"\n{columns}\n^\nERROR at Row:1:Column:12\nNo such column '{unknown[0]}' on entity '{kind}'."
            return refusal(400, "INVALID_FIELD", message)
        conditions = WHERE.findall(soql)
        rows = [row for row in self.rows[kind].values() if all(_fits(row, *condition) for condition in conditions)]
        found = [{name: row.get(name) for name in columns.split(", ")} for row in rows[-1:]]
        return Told(200, {"totalSize": len(found), "done": True, "records": found})


def _fits(row: dict, name: str, operator: str, literal: str) -> bool:
    if literal in ("true", "false"):
        return bool(row.get(name)) == (literal == "true")
    text = re.sub(r"\\(.)", r"\1", literal[1:-1])
    return text.strip("%") in str(row.get(name)) if operator == "LIKE" else row.get(name) == text


def _refused(values: dict) -> Told | None:
    for name, value in values.items():
        if name not in LEAD_FIELDS:
            return refusal(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type Lead")
        if len(value) > 255:
            message = f"{name}: data value too large (max length=255)"
            return refusal(400, "STRING_TOO_LONG", message, (name,))
    return None


def _described(name: str) -> dict:
    is_ours = name not in ("Id", "IsConverted")
    return {
        "name": name,
        "label": name.removesuffix("__c"),
        "type": "string",
        "createable": is_ours,
        "updateable": is_ours,
    }

"""Zoho as it is described: recorded shapes, in the words of its documentation, not seen on a live account."""

from leads.tests.standins.web import Call, Told

BASE = "/crm/v8/"
LEAD_ID, NOTE_ID = "554023000000527002", "554023000000527900"
STAMP = {
    "Modified_Time": "2026-01-28T13:00:00+01:00",
    "Modified_By": {"name": "Patricia", "id": "554023000000235011"},
    "Created_Time": "2026-01-28T13:00:00+01:00",
    "Created_By": {"name": "Patricia", "id": "554023000000235011"},
}


def written(remote_id: str = LEAD_ID, *, status: int = 200, message: str = "record added", **more) -> Told:
    record = {"code": "SUCCESS", "details": {**STAMP, "id": remote_id}, "message": message, "status": "success"}
    return Told(status, {"data": [{**record, **more}]})


def error(code: str, message: str = "", **details) -> dict:
    return {"code": code, "details": details, "message": message or code, "status": "error"}


def refusal(status: int, code: str, message: str = "", **details) -> Told:
    """A refusal of the whole call."""
    return Told(status, error(code, message, **details))


def record_refusal(status: int, code: str, message: str = "", **details) -> Told:
    """A refusal of the one record that was sent; its status may well be a 2xx."""
    return Told(status, {"data": [error(code, message, **details)]})


def rows(*found: dict, more: bool = False) -> Told:
    info = {"per_page": 200, "count": len(found), "page": 1, "more_records": more}
    return Told(200, {"data": list(found), "info": info})


NOTHING = Told(204)
INVALID_TOKEN = refusal(401, "INVALID_TOKEN", "invalid oauth token")


class Zoho:
    """Gives each kind of call the answers that were set for it, one after the other, the last for ever.

    A call is named by its method and its path below the version. Tokens are t1, t2 and so on; `refuses` are those that
    are not good any more.
    """

    def __init__(self):
        self.answers: dict[str, list[Told]] = {}
        self.api_domain = ""
        self.token_calls: list[Call] = []
        self.token_answers: list[Told] = []
        self.refuses: set[str] = set()

    def answer(self, call: Call) -> Told:
        if call.path == "/oauth/v2/token":
            return self._token(call)
        if call.headers["authorization"].removeprefix("Zoho-oauthtoken ") in self.refuses:
            return INVALID_TOKEN
        answers = self.answers[f"{call.method} {call.path.removeprefix(BASE)}"]
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def _token(self, call: Call) -> Told:
        self.token_calls.append(call)
        if self.token_answers:
            return self.token_answers.pop(0)
        body = {
            "access_token": f"t{len(self.token_calls)}",
            "scope": "ZohoCRM.modules.ALL",
            "api_domain": self.api_domain,
            "token_type": "Bearer",
            "expires_in": 3600,
        }
        if b"grant_type=authorization_code" in call.body:
            body["refresh_token"] = "1000.refresh"
        return Told(200, body)

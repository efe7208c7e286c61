"""Google on loopback: access tokens for whoever signs as the account, and one spreadsheet in memory."""

import base64
import json
import re
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qsl, unquote, urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import crypt

from caty.tests.loopback import serving
from leads.tests.receiver import Answer

SPREADSHEET_ID = "1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms"
EMAIL = "caty@acme-project.iam.gserviceaccount.com"
GID = 7
PLACE = re.compile(r"(?:'(?P<sheet>(?:[^']|'')*)'!)?(?P<from>[A-Z]*)(?P<first>\d*)(?::(?P<to>[A-Z]*)(?P<last>\d*))?")

PRIVATE_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = PRIVATE_KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
PUBLIC_PEM = PRIVATE_KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)
KEY_FILE = {
    "type": "service_account",
    "project_id": "acme-project",
    "private_key_id": "0123456789abcdef",
    "private_key": PEM,
    "client_email": EMAIL,
    "client_id": "1",
    "token_uri": "https://oauth2.googleapis.com/token",
}


@dataclass
class Asked:
    """A request as it came: `path` is not decoded."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: dict | None


@dataclass
class Google:
    """`rows` are the sheet's. `refusals` are given one after the other in place of answers, of tokens and others."""

    port: int = 0
    sheet: str = "Leads"
    rows: list[list] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    refusals: list[Answer] = field(default_factory=list)
    token_refusals: list[Answer] = field(default_factory=list)
    tokens: int = 0
    expired: set[str] = field(default_factory=set)
    assertions: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def take(self, asked: Asked) -> Answer:
        if asked.path == "/token":
            return self.token_refusals.pop(0) if self.token_refusals else self._token(asked)
        self.asked.append(asked)
        if self.refusals:
            return self.refusals.pop(0)
        token = asked.headers.get("authorization", "")
        if token in self.expired or not token.startswith("Bearer ya29."):
            return refusal(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
        return self._answer(asked, dict(asked.query))

    def _token(self, asked: Asked) -> Answer:
        assertion = asked.body["assertion"]
        self.assertions.append(assertion)
        signed, _, signature = assertion.rpartition(".")
        is_right = crypt.RSAVerifier.from_string(PUBLIC_PEM).verify(signed.encode(), decoded(signature))
        if not is_right or asked.body["grant_type"] != "urn:ietf:params:oauth:grant-type:jwt-bearer":
            return answer({"error": "invalid_grant", "error_description": "Invalid JWT Signature."}, 400)
        self.tokens += 1
        return answer({"access_token": f"ya29.{self.tokens}", "expires_in": 3599, "token_type": "Bearer"})

    def _answer(self, asked: Asked, query: Mapping[str, str]) -> Answer:
        path = unquote(asked.path)
        rest = path.removeprefix(f"/v4/spreadsheets/{SPREADSHEET_ID}")
        if rest == path:
            return refusal(404, "NOT_FOUND", "Requested entity was not found.")
        place = rest.removeprefix("/values/").removesuffix(":append") or query.get("ranges", "A1")
        found = PLACE.fullmatch(place)
        if found is None or (found["sheet"] or self.sheet).replace("''", "'") != self.sheet:
            return refusal(400, "INVALID_ARGUMENT", f"Unable to parse range: {place}")
        if rest == "":
            return answer(self._about(with_data="ranges" in query))
        if rest.endswith(":append") and asked.path.endswith(":append"):
            return answer(self._append(found, asked.body["values"][0]))
        return answer(self._write(found, asked.body["values"][0]) if asked.method == "PUT" else self._column(found))

    def _about(self, *, with_data: bool) -> dict:
        sheet = {
            "properties": {
                "sheetId": GID,
                "title": self.sheet,
                "index": 0,
                "gridProperties": {"rowCount": 1000, "columnCount": 26},
            }
        }
        if with_data:
            cells = [{"formattedValue": str(cell)} if cell else {} for cell in (self.rows or [[]])[0]]
            sheet["data"] = [{"rowData": [{"values": cells}]}] if cells else [{}]
        return {"properties": {"title": "Customers 2026"}, "sheets": [sheet]}

    def _column(self, found: re.Match) -> dict:
        if found["from"] != found["to"]:  # gspread reads everything
            return {"range": found[0], "majorDimension": "ROWS", "values": self.rows}
        column = index_of(found["from"])
        cells = [row[column] if column < len(row) else "" for row in self.rows]
        return {"values": [cells]} if any(cells) else {}

    def _write(self, found: re.Match, cells: list) -> dict:
        row, first = int(found["first"]) - 1, index_of(found["from"])
        if found["to"]:
            assert index_of(found["to"]) - first + 1 == len(cells)
        self.rows += [[] for _ in range(row + 1 - len(self.rows))]
        self._put(row, first, cells)
        return {"updatedRange": f"{self.sheet}!{found['from']}{row + 1}"}

    def _append(self, found: re.Match, cells: list) -> dict:
        assert self.rows[0][index_of(found["from"])]
        self.rows.append([])
        self._put(len(self.rows) - 1, index_of(found["from"]), cells)
        return {"updates": {"updatedRange": f"'{self.sheet}'!{found['from']}{len(self.rows)}:Z{len(self.rows)}"}}

    def _put(self, row: int, first: int, cells: list) -> None:
        line = self.rows[row]
        line += [""] * (first + len(cells) - len(line))
        for offset, cell in enumerate(cells):
            if cell is not None:
                line[first + offset] = cell


def index_of(letters: str) -> int:
    index = 0
    for letter in letters:
        index = 26 * index + ord(letter) - ord("A") + 1
    return index - 1


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def answer(body: dict, status: int = 200) -> Answer:
    return Answer(status, {"Content-Type": "application/json"}, json.dumps(body).encode())


def refusal(status: int, name: str, message: str, **error) -> Answer:
    return answer({"error": {"code": status, "message": message, "status": name, **error}}, status)


def handler_for(google: Google) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def respond(self):
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            is_form = self.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded")
            body = dict(parse_qsl(content.decode())) if is_form else json.loads(content) if content else None
            url = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            given = google.take(Asked(self.command, url.path, parse_qsl(url.query), headers, body))
            self.close_connection = True
            if given.resets:
                return
            self.send_response(given.status)
            for name, value in {**given.headers, "Content-Length": str(len(given.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(given.body)

        do_GET = do_POST = do_PUT = respond

        def log_message(self, *args):
            """Nothing is written to stderr."""

    return Handler


@contextmanager
def googling(settings):
    """Google, with our settings pointing at it."""
    google = Google()
    with serving(handler_for(google)) as google.port:
        settings.OUTBOUND_ALLOW = [f"127.0.0.1:{google.port}"]
        settings.GOOGLE_TOKEN_URL, settings.GOOGLE_SHEETS_URL = f"{google.url}/token", google.url
        yield google

"""A CRM that lives in memory, for tests of what all CRMs have in common."""

from types import SimpleNamespace
from typing import ClassVar

from leads.connectors.base import Failed, NoSecrets, Pace, RemoteField, RemoteRecord
from leads.connectors.crm import CrmConnector, Found, UnknownFields
from leads.notes import note_text

KIND = "notebook"
FIELDS = ("mail", "tel", "full_name", "points")


class Notebook(CrmConnector):
    """Raises the outcomes in `fails`, one each, after the step named with it has been done."""

    label = "Notebook"
    guide = ""
    key_help = "Look under the cover."
    Settings = Secrets = NoSecrets
    mapping = (("email", "mail"), ("phone", "tel"), ("name", "full_name"), ("score", "points"))
    records: ClassVar[dict[str, dict[str, str]]] = {}
    notes: ClassVar[list[tuple[str, str]]] = []
    calls: ClassVar[list[str]] = []
    fails: ClassVar[list[tuple[str, object]]] = []

    @classmethod
    def empty(cls) -> None:
        for kept in (cls.records, cls.notes, cls.calls, cls.fails):
            kept.clear()
        cls.pace = None

    @classmethod
    def set_pace(cls, deliveries: int, seconds: int) -> None:
        cls.pace = Pace(deliveries, seconds)

    def open(self, settings, secrets, *, now):
        return SimpleNamespace(now=now)

    def find(self, api, lead, *, record, fields):
        self._step("find")
        known = record.remote_id if record and record.remote_id in self.records else None
        by_mail = next((key for key, row in self.records.items() if lead.email and row.get("mail") == lead.email), None)
        key = known or by_mail
        return Found(RemoteRecord(remote_id=key), self.records[key]) if key else None

    def create(self, api, lead, values):
        self._refuse_unknown(values)
        key = str(len(self.records) + 1)
        self.records[key] = {value.field: value.value for value in values}
        self._step("create")
        return RemoteRecord(remote_id=key, url=f"https://notebook.example/{key}")

    def update(self, api, found, values):
        self._refuse_unknown(values)
        self.records[found.record.remote_id] |= {value.field: value.value for value in values}
        self._step("update")

    def find_note(self, api, record, reference):
        self._step("find_note")
        return next((str(at) for at, (_, text) in enumerate(self.notes) if reference in text), None)

    def add_note(self, api, record, note, *, at):
        self.notes.append((record.remote_id, note_text(note, most=10_000)))
        self._step("add_note")
        return str(len(self.notes) - 1)

    def greet(self, api):
        self._step("greet")
        return "Acme's notebook"

    def list_fields(self, api):
        return [RemoteField(name, name.title()) for name in FIELDS]

    def _refuse_unknown(self, values):
        unknown = [value.field for value in values if value.field not in FIELDS]
        if unknown:
            raise UnknownFields(unknown)

    def _step(self, name: str) -> None:
        self.calls.append(name)
        if self.fails and self.fails[0][0] == name:
            raise Failed(self.fails.pop(0)[1])

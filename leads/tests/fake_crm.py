"""A CRM in the same process, with a mapping and fields to choose from."""

from typing import ClassVar

from leads.connectors import KINDS
from leads.connectors.base import Delivered, Failed, NoSecrets, RemoteField, RemoteRecord, TryLater
from leads.connectors.crm import CrmConnector

PATH = f"{__name__}.FakeCrm"


def install(monkeypatch) -> None:
    """As the kind “fake”, for one test."""
    monkeypatch.setitem(KINDS, "fake", PATH)
    monkeypatch.setattr(FakeCrm, "is_down", False)


class FakeCrm(CrmConnector):
    label, guide, key_help = "Fake CRM", "Enter the key.", ""
    Settings = Secrets = NoSecrets
    mapping = (("email", "email"), ("company", "company"), ("score", "caty_score"))
    fields: ClassVar[list] = [
        RemoteField(name="email", label="Mail address"),
        RemoteField(name="company", label="Firm"),
        RemoteField(name="size", label="Size of the firm"),
    ]
    is_down: ClassVar[bool] = False

    def read_fields(self, settings, secrets, *, now):
        if FakeCrm.is_down:
            raise Failed(TryLater(reason="It had a fault of its own (answer 500)."))
        return list(FakeCrm.fields)

    def deliver(self, message, settings, secrets):
        record = RemoteRecord(remote_id="7", url="https://crm.example/7")
        return Delivered(remote_id="7", url=record.url, record=record)

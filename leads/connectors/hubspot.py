"""HubSpot: a lead as a contact, its conversation as notes of that contact, over the dated CRM API.

Sparse leads rule out its upsert by e-mail, which takes whole records only.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from django import conf
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field, field_validator

from leads.connectors.api import Api, Reply, seconds_to_midnight
from leads.connectors.base import (
    Failed,
    Form,
    LeadSnapshot,
    MappedValue,
    Misconfigured,
    Outcome,
    Pace,
    QuotaSpent,
    RemoteField,
    RemoteRecord,
    retry_after_seconds,
)
from leads.connectors.crm import AlreadyThere, CrmConnector, Found, RefusedValues, UnknownFields
from leads.notes import Note, note_html

LONGEST_NOTE = 65_536
NOTE_TO_CONTACT = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 202}
NOTES_LOOKED_AT = 100  # the most that one call gives
NAMING = frozenset(("email", "firstname", "lastname"))  # a contact needs one of these
EXISTING = re.compile(r"Existing ID: (\d+)")
PROPERTY = re.compile(r'(?:"name":\s*"|[Pp]roperty ")([^"]+)"')


class HubSpotSettings(Form):
    hub_id: str = Field(
        default="",
        title=gettext_lazy("Hub ID"),
        description=gettext_lazy(
            "For links from here to your contacts; may stay empty. HubSpot shows it in the menu under your picture."
        ),
        max_length=20,
    )

    @field_validator("hub_id")
    @classmethod
    def _is_number(cls, hub_id: str) -> str:
        if hub_id and not (hub_id.isascii() and hub_id.isdigit()):
            raise ValueError("A Hub ID is a number, such as 12345678.")
        return hub_id


class HubSpotSecrets(Form):
    token: str = Field(
        title=gettext_lazy("Service key or private-app token"),
        description=gettext_lazy("Made in your HubSpot account for this purpose alone."),
        max_length=300,
    )


class HubSpotConnector(CrmConnector):
    label = "HubSpot"
    guide = gettext_lazy(
        "In HubSpot open Settings, then Integrations → Service Keys, and make a key with the rights "
        "crm.objects.contacts.read, crm.objects.contacts.write and crm.schemas.contacts.read. The token of a private "
        "app that you already have does as well. A lead becomes a contact, and its conversation a note there."
    )
    key_help = gettext_lazy(
        "In HubSpot, under Settings → Integrations → Service Keys, make a key with the rights "
        "crm.objects.contacts.read, crm.objects.contacts.write and crm.schemas.contacts.read, and enter it here."
    )
    # All that work on a free account share a hundred calls in ten seconds; a delivery makes up to four.
    pace = Pace(20, 10)
    Settings = HubSpotSettings
    Secrets = HubSpotSecrets
    mapping = (
        ("email", "email"),
        ("phone", "phone"),
        ("first_name", "firstname"),
        ("last_name", "lastname"),
        ("company", "company"),
    )

    def open(self, settings: HubSpotSettings, secrets: HubSpotSecrets, *, now: datetime) -> Api:
        return Api(
            conf.settings.HUBSPOT_URL,
            name=self.label,
            settings=settings,
            now=now,
            authorise=lambda: {"Authorization": f"Bearer {secrets.token}"},
            judge=lambda reply: _judge(reply, now=now),
            words=_words,
        )

    def find(
        self, api: Api, lead: LeadSnapshot, *, record: RemoteRecord | None, fields: tuple[str, ...]
    ) -> Found | None:
        properties = {"properties": ",".join(fields)} if fields else {}
        if record:
            reply = api.get(*_contacts(), record.remote_id, query=properties, expected=(404,))
            if reply.status != 404:
                return _found(api, reply, lead)
        if not lead.email:
            return self._find_by_phone(api, lead, fields)
        by_email = {"idProperty": "email", **properties}
        reply = api.get(*_contacts(), lead.email, query=by_email, expected=(404,))
        return None if reply.status == 404 else _found(api, reply, lead)

    def _find_by_phone(self, api: Api, lead: LeadSnapshot, fields: tuple[str, ...]) -> Found | None:
        search = {
            "filterGroups": [{"filters": [{"propertyName": "phone", "operator": "EQ", "value": lead.phone}]}],
            "properties": list(fields),
            "sorts": ["createdate"],
            "limit": 1,
            "after": "0",
        }
        reply = api.call("POST", *_contacts(), "search", body=search, is_repeatable=True)
        return _found(api, reply, lead, "results", 0) if reply.pick("results") else None

    def create(self, api: Api, lead: LeadSnapshot, values: tuple[MappedValue, ...]) -> RemoteRecord:
        properties = _properties(values)
        if not NAMING & properties.keys():
            properties["firstname"] = lead.phone or lead.email
        body = {"properties": properties, "associations": []}
        reply = api.post(*_contacts(), body=body, expected=(400, 409))
        if reply.status < 300:
            return _record(api, reply.get_text("id"))
        if existing := EXISTING.search(_message(reply)):
            raise AlreadyThere(existing[1])
        if "email" in _refused(reply) and not lead.phone:
            raise Failed(api.refusal(reply))
        raise _refusal(api, reply, values)

    def update(self, api: Api, found: Found, values: tuple[MappedValue, ...]) -> None:
        body = {"properties": _properties(values)}
        reply = api.patch(*_contacts(), found.record.remote_id, body=body, expected=(400, 409))
        if reply.status >= 300:
            raise _refusal(api, reply, values)

    def find_note(self, api: Api, record: RemoteRecord, reference: str) -> str | None:
        """Through the contact's own notes: the search knows of a new one only after a while."""
        linked = api.call(
            "POST",
            *("crm", "associations", conf.settings.HUBSPOT_VERSION, "contacts", "notes", "batch", "read"),
            body={"inputs": [{"id": record.remote_id}]},
            is_repeatable=True,
        )
        ids = sorted({int(note["toObjectId"]) for note in linked.pick("results", 0, "to", default=[])}, reverse=True)
        if not ids:
            return None
        wanted = {
            "inputs": [{"id": str(note_id)} for note_id in ids[:NOTES_LOOKED_AT]],
            "properties": ["hs_note_body"],
            "propertiesWithHistory": [],
        }
        notes = api.call("POST", *_objects("notes"), "batch", "read", body=wanted, is_repeatable=True)
        texts = {note["id"]: note["properties"].get("hs_note_body") or "" for note in notes.pick("results", default=[])}
        return next((note_id for note_id, text in texts.items() if reference in text), None)

    def add_note(self, api: Api, record: RemoteRecord, note: Note, *, at: datetime) -> str:
        body = {
            "properties": {
                "hs_timestamp": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "hs_note_body": note_html(note, most=LONGEST_NOTE),
            },
            "associations": [{"to": {"id": record.remote_id}, "types": [NOTE_TO_CONTACT]}],
        }
        return api.post(*_objects("notes"), body=body).get_text("id")

    def greet(self, api: Api) -> str:
        """Reads a contact, for the right to do so; the account tells its Hub ID where the key may ask for it."""
        api.get(*_contacts(), query={"limit": 1})
        details = ("account-info", conf.settings.HUBSPOT_VERSION, "details")
        hub_id = str(api.get(*details, expected=(401, 403, 404)).pick("portalId", default=""))
        if hub_id and api.settings.hub_id not in ("", hub_id):
            raise Failed(Misconfigured(reason=_("This key belongs to the account with the Hub ID %s.") % hub_id))
        return f"Hub ID {hub_id}" if hub_id else ""

    def list_fields(self, api: Api) -> list[RemoteField]:
        reply = api.get("crm", "properties", conf.settings.HUBSPOT_VERSION, "contacts")
        return [
            RemoteField(name=item["name"], label=item["label"], kind=item["type"])
            for item in reply.pick("results", default=[])
            if _is_writable(item)
        ]


def _objects(kind: str) -> tuple[str, ...]:
    return ("crm", "objects", conf.settings.HUBSPOT_VERSION, kind)


def _contacts() -> tuple[str, ...]:
    return _objects("contacts")


def _properties(values: tuple[MappedValue, ...]) -> dict[str, str]:
    return {value.field: value.value for value in values}


def _record(api: Api, contact_id: str) -> RemoteRecord:
    hub_id = api.settings.hub_id
    url = f"https://app.hubspot.com/contacts/{hub_id}/record/0-1/{contact_id}" if hub_id else ""
    return RemoteRecord(remote_id=contact_id, url=url)


def _found(api: Api, reply: Reply, lead: LeadSnapshot, *path: str | int) -> Found:
    """The contact at `path`. A first name that we filled in for want of one counts as empty."""
    fields = {name: value or "" for name, value in reply.pick(*path, "properties", default={}).items()}
    if fields.get("firstname") in (lead.phone, lead.email):
        fields["firstname"] = ""
    return Found(_record(api, reply.get_text(*path, "id")), fields)


def _is_writable(item: Mapping) -> bool:
    is_fixed = (item.get("modificationMetadata") or {}).get("readOnlyValue")
    return not (is_fixed or item.get("hidden") or item.get("calculated") or item.get("archived"))


def _judge(reply: Reply, *, now: datetime) -> Outcome | None:
    if reply.status != 429 or reply.pick("policyName") != "DAILY":
        return None
    told = retry_after_seconds(reply.answer, now=now)
    seconds = seconds_to_midnight(now) if told is None else max(60, told)
    reason = _("HubSpot takes nothing more today: the account's daily allowance is used up.")
    return QuotaSpent(reason=reason, retry_after_seconds=seconds, **reply.told)


def _refusal(api: Api, reply: Reply, values: tuple[MappedValue, ...]) -> Exception:
    """What a refused write means: fields to be left out where some of ours are named, else the end of it."""
    refused = _refused(reply)
    if EXISTING.search(_message(reply)):
        refused["email"] = RefusedValues  # another contact has this address
    ours = {value.field for value in values} & refused.keys()
    unknown = {name for name in ours if refused[name] is UnknownFields}
    if unknown:
        return UnknownFields(unknown)
    return RefusedValues(ours) if ours else Failed(api.refusal(reply))


def _refused(reply: Reply) -> dict[str, type[UnknownFields]]:
    """The properties that a refusal names, each with what is wrong. Every part of the answer may be missing."""
    refused = {}
    for error in _errors(reply):
        named = (error.get("context") or {}).get("propertyName") or []
        is_unknown = error.get("code") == "PROPERTY_DOESNT_EXIST"
        for name in [named] if isinstance(named, str) else named:
            refused[name] = UnknownFields if is_unknown else RefusedValues
    if refused:
        return refused
    kind = UnknownFields if "does not exist" in _message(reply) else RefusedValues
    return dict.fromkeys(PROPERTY.findall(_message(reply)), kind)


def _errors(reply: Reply) -> list[Mapping]:
    errors = reply.pick("errors", default=[])
    return [error for error in errors if isinstance(error, Mapping)] if isinstance(errors, list) else []


def _message(reply: Reply) -> str:
    return str(reply.pick("message", default=""))


def _words(reply: Reply) -> str:
    """HubSpot's own sentences; its message repeats them as JSON."""
    told = " ".join(str(error["message"]) for error in _errors(reply) if error.get("message"))
    return told or _message(reply).partition(": [{")[0]

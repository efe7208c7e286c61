"""Pipedrive: a lead as a person (API v2) and as an entry of the lead inbox, with the conversation as notes (both v1).

It has no upsert, and its search knows of a new person only after a while: what was made is found again by its id.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from django import conf
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field, field_validator

from leads.connectors.api import Api, Reply, seconds_to_midnight
from leads.connectors.base import (
    LONGEST_WAIT_SECONDS,
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
    TryLater,
    retry_after_seconds,
)
from leads.connectors.crm import CrmConnector, Found, RefusedValues, UnknownFields, Vanished
from leads.connectors.pipedrive_fields import STANDARD, body_of, key_of, remote_field, standing_in
from leads.notes import Note, note_html
from leads.text import one_line

PERSONS = ("api", "v2", "persons")
# Which kind of thing of ours stands where; a lead that a colleague turns into a deal is deleted there.
PLACES = {"lead": ("v1", "leads"), "deal": ("api", "v2", "deals")}
NOTES = ("v1", "notes")
MOST_PAGES = 10
LONGEST_TITLE = 255
LONGEST_NOTE = 60_000
SHORTEST_WAIT_SECONDS = 2
COMPANY = re.compile(r"(?:https?://)?([a-z0-9-]+)(?:\.pipedrive\.com(?:/.*)?)?", re.IGNORECASE)


class PipedriveSettings(Form):
    company: str = Field(
        default="",
        title=gettext_lazy("Company domain"),
        description=gettext_lazy(
            "For links from here to your persons; may stay empty. It is what your browser shows before .pipedrive.com."
        ),
        max_length=200,
    )

    @field_validator("company")
    @classmethod
    def _is_part_of_the_address(cls, company: str) -> str:
        found = COMPANY.fullmatch(company)
        if company and not found:
            raise ValueError("Enter the part before .pipedrive.com, such as acme.")
        return found[1].lower() if found else ""


class PipedriveSecrets(Form):
    token: str = Field(
        title=gettext_lazy("API token"),
        description=gettext_lazy("Of the colleague in whose name leads are to appear."),
        max_length=200,
    )


@dataclass(frozen=True)
class FoundPerson(Found):
    """`person` is all of it, with the lists that writing replaces as a whole."""

    person: Mapping = field(default_factory=dict)


class PipedriveConnector(CrmConnector):
    label = "Pipedrive"
    guide = gettext_lazy(
        "In Pipedrive click your picture, then Personal preferences → API, and copy your personal API token. A lead "
        "becomes a person and an entry in the lead inbox, and its conversation a note there. The company is told in "
        "the entry's title, unless you put it into a field of your own."
    )
    key_help = gettext_lazy(
        "In Pipedrive, under Personal preferences → API, copy your personal API token and enter it here."
    )
    # The smallest plan takes twenty calls in two seconds; a delivery makes up to six.
    pace = Pace(3, 2)
    Settings = PipedriveSettings
    Secrets = PipedriveSecrets
    mapping = (("name", "name"), ("email", "emails"), ("phone", "phones"))

    def open(self, settings: PipedriveSettings, secrets: PipedriveSecrets, *, now: datetime) -> Api:
        return Api(
            conf.settings.PIPEDRIVE_URL,
            name=self.label,
            settings=settings,
            now=now,
            authorise=lambda: {"x-api-token": secrets.token},
            judge=lambda reply: _judge(reply, now=now),
            words=lambda reply: str(reply.pick("error", default="")),
        )

    def find(
        self, api: Api, lead: LeadSnapshot, *, record: RemoteRecord | None, fields: tuple[str, ...]
    ) -> Found | None:
        extra = record.extra if record else {}
        found = _read_person(api, lead, record.remote_id, extra, fields) if record else None
        if found:
            return found
        term, kind = (lead.email, "email") if lead.email else (lead.phone, "phone")
        search = {"term": term, "fields": kind, "exact_match": "true"}
        items = api.get(*PERSONS, "search", query=search).pick("data", "items", default=[])
        ids = sorted(item["item"]["id"] for item in items)
        return _read_person(api, lead, str(ids[0]), extra, fields) if ids else None

    def create(self, api: Api, lead: LeadSnapshot, values: tuple[MappedValue, ...]) -> RemoteRecord:
        body = {"name": _name(lead), **body_of(values, {})}
        reply = api.post(*PERSONS, body=body, expected=(400,))
        if reply.status == 400:
            raise _refusal(api, reply, values)
        return _record(api, reply.get_text("data", "id"), {})

    def update(self, api: Api, found: FoundPerson, values: tuple[MappedValue, ...]) -> None:
        body = body_of(values, found.person)
        reply = api.patch(*PERSONS, found.record.remote_id, body=body, expected=(400, 404))
        if reply.status == 404:
            raise Vanished
        if reply.status == 400:
            raise _refusal(api, reply, values)

    def complete(self, api: Api, record: RemoteRecord, lead: LeadSnapshot) -> RemoteRecord:
        """One entry of the lead inbox for this lead; none beside the deal that a colleague made of it."""
        try:
            return replace(record, extra=_find_place(api, record) or _add_lead(api, record, lead))
        except Failed as failure:
            if not isinstance(failure.outcome, TryLater):
                raise
            # The person may be new, and the search not know of it yet.
            raise Failed(replace(failure.outcome, is_ambiguous=True)) from failure

    def find_note(self, api: Api, record: RemoteRecord, reference: str) -> str | None:
        for owner in _owners(record):
            newest = {**owner, "sort": "add_time DESC", "limit": 100}
            notes = api.get(*NOTES, query=newest, expected=(400, 404)).pick("data", default=[])
            for note in notes:
                if reference in (note.get("content") or ""):
                    return str(note["id"])
        return None

    def add_note(self, api: Api, record: RemoteRecord, note: Note, *, at: datetime) -> str:
        """With the lead or deal, or with the person once that is gone."""
        body = {
            "content": note_html(note, most=LONGEST_NOTE),
            "add_time": at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
        }
        *places, person = _owners(record)
        for place in places:
            reply = api.post(*NOTES, body={**body, **place}, expected=(400, 404, 410))
            if reply.status < 300:
                return reply.get_text("data", "id")
        return api.post(*NOTES, body={**body, **person}).get_text("data", "id")

    def greet(self, api: Api) -> str:
        return str(api.get("v1", "users", "me").pick("data", "company_name", default=""))

    def list_fields(self, api: Api) -> list[RemoteField]:
        """Those of all persons, and the account's own that take text or a number."""
        fields = [RemoteField(name=name, label=str(label), kind="text") for name, label in STANDARD.items()]
        cursor = {}
        for _page in range(MOST_PAGES):
            reply = api.get("api", "v2", "personFields", query={"limit": 500, **cursor})
            fields += filter(None, map(remote_field, reply.pick("data", default=[])))
            cursor = {"cursor": reply.pick("additional_data", "next_cursor")}
            if not cursor["cursor"]:
                break
        return fields


def _name(lead: LeadSnapshot) -> str:
    return lead.name or lead.email or lead.phone


def _record(api: Api, person_id: str, extra: Mapping[str, str]) -> RemoteRecord:
    company = api.settings.company
    url = f"https://{company}.pipedrive.com/person/{person_id}" if company else ""
    return RemoteRecord(remote_id=person_id, url=url, extra=dict(extra))


def _read_person(
    api: Api, lead: LeadSnapshot, person_id: str, extra: Mapping[str, str], fields: tuple[str, ...]
) -> FoundPerson | None:
    """A name that we filled in for want of one counts as empty."""
    reply = api.get(*PERSONS, person_id, expected=(404,))
    if reply.status == 404 or reply.pick("data", "is_deleted"):
        return None
    person = reply.pick("data", default={})
    standing = {name: standing_in(person, name) for name in fields}
    if standing.get("name") in (lead.email, lead.phone):
        standing["name"] = ""
    return FoundPerson(_record(api, reply.get_text("data", "id"), extra), standing, person)


def _refusal(api: Api, reply: Reply, values: tuple[MappedValue, ...]) -> Exception:
    """What a refused write means. Of a field of the account's own the answer names the key, the label or neither."""
    words = str(reply.pick("error", default=""))
    ours = {value.field for value in values}
    named = {name for name in ours if name != "name" and key_of(name) in words}
    if named:
        return (UnknownFields if "Unknown key" in words else RefusedValues)(named)
    own = ours - STANDARD.keys()
    return RefusedValues(own) if own and "custom_fields" in words else Failed(api.refusal(reply))


def _find_place(api: Api, record: RemoteRecord) -> dict[str, str]:
    """Where the lead stands: its entry or deal, another open entry of this person, or the deal made of the entry."""
    for kind, known in record.extra.items():
        reply = api.get(*PLACES[kind], known, expected=(404,))
        is_there = reply.status != 404 and not reply.pick("data", "is_deleted")
        if is_there and reply.pick("data", "status", default="open") == "open":
            return {kind: known}
    person = {"person_id": record.remote_id}
    if lead_id := _find_open(api, "lead", person):
        return {"lead": lead_id}
    deal_id = _find_open(api, "deal", {**person, "status": "open"}) if record.extra else ""
    return {"deal": deal_id} if deal_id else {}


def _find_open(api: Api, kind: str, query: Mapping[str, str]) -> str:
    items = api.get(*PLACES[kind], query=query).pick("data", default=[])
    open_ids = (
        str(item["id"])
        for item in items
        if str(item.get("person_id")) == query["person_id"] and not item.get("is_archived")
    )
    return next(open_ids, "")


def _add_lead(api: Api, record: RemoteRecord, lead: LeadSnapshot) -> dict[str, str]:
    whose = ", ".join(filter(None, (_name(lead), lead.company)))
    title = one_line(_("Chat: %s") % whose, LONGEST_TITLE)
    reply = api.post(*PLACES["lead"], body={"title": title, "person_id": int(record.remote_id)})
    return {"lead": reply.get_text("data", "id")}


def _owners(record: RemoteRecord) -> list[dict]:
    """What a note of this lead is with: its place first, the person last."""
    places = [{f"{kind}_id": int(known) if known.isdigit() else known} for kind, known in record.extra.items()]
    return [*places, {"person_id": int(record.remote_id)}]


def _judge(reply: Reply, *, now: datetime) -> Outcome | None:
    if reply.status == 402:
        return Misconfigured(reason=_("Pipedrive says that the account is not paid for (answer 402)."), **reply.told)
    if reply.status != 429:
        return None
    if reply.headers.get("x-daily-ratelimit-token-remaining") == "0":
        reason = _("Pipedrive takes nothing more today: the account's daily allowance is used up.")
        return QuotaSpent(reason=reason, retry_after_seconds=seconds_to_midnight(now), **reply.told)
    reset = reply.headers.get("x-ratelimit-reset", "")
    reset_seconds = min(LONGEST_WAIT_SECONDS, int(reset)) if reset.isascii() and reset.isdigit() else 0
    seconds = max(SHORTEST_WAIT_SECONDS, reset_seconds, retry_after_seconds(reply.answer, now=now) or 0)
    return TryLater(reason=_("It asked us to slow down (answer 429)."), retry_after_seconds=seconds, **reply.told)

"""Salesforce: leads, with conversations as completed tasks, through the REST API.

Salesforce has an upsert by e-mail, but answers 300 and writes nothing where two leads share one, 404 for addresses that
end like a file (`.inc`), and an error for converted leads. So we look, and then write by id, as the core does.
"""

import base64
import re
from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings as django_settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field, field_validator

from leads.connectors.api import Api, is_host_within
from leads.connectors.base import (
    Failed,
    Form,
    LeadSnapshot,
    MappedValue,
    Misconfigured,
    Pace,
    RemoteField,
    RemoteRecord,
)
from leads.connectors.crm import NOT_PROVIDED, CrmConnector, Found, UnknownFields, Vanished
from leads.connectors.oauth import SharedAccess, TokenRequest, ask_for_token
from leads.connectors.salesforce import errors, soql
from leads.connectors.tokens import Token, shared_token
from leads.notes import Note, note_text
from leads.text import one_line

NAME = "Salesforce"
# The shortest time that a session can be set to last; a longer one is found out to have ended by its refusal.
TOKEN_SECONDS = 15 * 60
MOST_NOTE = 32_000
MOST_SUBJECT = 255
# What a browser shows in its address line, of the domain that the API has.
IN_BROWSERS = re.compile(r"\.(lightning\.force|my\.salesforce-setup)\.com$")
FIELD_NAME = re.compile(r"\w+", re.ASCII)
# Whoever writes to a business may be in its CRM twice: its people sort that out, and no lead is lost for it.
ALLOW_DUPLICATES = {"Sforce-Duplicate-Rule-Header": "allowSave=true"}
MEANINGS = {
    "invalid_client_id": gettext_lazy("it does not know the consumer key"),
    "invalid_client": gettext_lazy("the consumer secret does not fit the consumer key"),
}


class SalesforceSettings(Form):
    domain: str = Field(
        title=gettext_lazy("My Domain"),
        description=gettext_lazy("Such as acme.my.salesforce.com. You can paste any address of your Salesforce."),
        max_length=300,
    )

    @field_validator("domain")
    @classmethod
    def _is_theirs(cls, domain: str) -> str:
        try:
            host = urlsplit(domain if "//" in domain else f"//{domain}").hostname or ""
        except ValueError:
            host = ""
        host = IN_BROWSERS.sub(".my.salesforce.com", host)
        if not is_host_within(f"https://{host}", tuple(django_settings.SALESFORCE_HOSTS)):
            raise ValueError(_("Enter the address of your Salesforce, such as acme.my.salesforce.com."))
        return host


class SalesforceSecrets(Form):
    consumer_key: str = Field(
        title=gettext_lazy("Consumer key"),
        description=gettext_lazy("Of your external client app, under Settings, OAuth Settings."),
        max_length=300,
    )
    consumer_secret: str = Field(
        title=gettext_lazy("Consumer secret"),
        description=gettext_lazy("It stands beside the consumer key."),
        max_length=300,
    )


class SalesforceConnector(CrmConnector):
    label = NAME
    guide = gettext_lazy(
        "In Salesforce's Setup open “External Client App Manager” and make a new app. Enable OAuth with the scope "
        "“Manage user data via APIs (api)” and switch on “Client Credentials Flow”. Then, under Policies, name the "
        "user as whom it runs: one who may create and edit leads and tasks. Copy the app's consumer key and consumer "
        "secret. Your My Domain stands in Setup under “My Domain”."
    )
    key_help = gettext_lazy(
        "You find key and secret in Salesforce's Setup under “External Client App Manager”, and the user as whom it "
        "runs under the app's Policies."
    )
    Settings = SalesforceSettings
    Secrets = SalesforceSecrets
    pace = Pace(deliveries=5, seconds=1)
    mapping = (
        ("email", "Email"),
        ("phone", "Phone"),
        ("first_name", "FirstName"),
        ("last_name", "LastName"),
        ("company", "Company"),
        ("source", "LeadSource"),
    )

    def open(self, settings: SalesforceSettings, secrets: SalesforceSecrets, *, now: datetime) -> Api:
        credentials = {"domain": settings.domain, **secrets.model_dump()}

        def take(*, refused: str = "") -> Token:
            return shared_token(
                "salesforce", credentials, lambda: _fetch_token(settings, secrets, now=now), refused=refused
            )

        access = SharedAccess("Bearer", take)
        return Api(
            f"{access.token.extra['instance_url']}/services/data/{django_settings.SALESFORCE_VERSION}",
            name=NAME,
            settings=settings,
            now=now,
            authorise=access,
            judge=errors.judge,
            words=errors.words,
            has_renewal=True,
        )

    def find(
        self, api: Api, lead: LeadSnapshot, *, record: RemoteRecord | None, fields: tuple[str, ...]
    ) -> Found | None:
        if odd := [name for name in fields if not FIELD_NAME.fullmatch(name)]:
            raise UnknownFields(odd)
        columns = tuple(dict.fromkeys(("Id", "IsConverted", *fields)))
        return (record and _find_by_id(api, record, columns)) or _find_by_key(api, lead, columns)

    def create(self, api: Api, lead: LeadSnapshot, values: tuple[MappedValue, ...]) -> RemoteRecord:
        row = {"LastName": NOT_PROVIDED, "Company": NOT_PROVIDED, **_key(lead), **_row(values)}
        reply = api.call("POST", "sobjects", "Lead", "", body=row, headers=ALLOW_DUPLICATES, expected=(400,))
        errors.check_fields(api, reply, is_repeatable=False)
        return _record(api, reply.get_text("id"))

    def update(self, api: Api, found: Found, values: tuple[MappedValue, ...]) -> None:
        path = ("sobjects", "Lead", found.record.remote_id)
        reply = api.call("PATCH", *path, body=_row(values), headers=ALLOW_DUPLICATES, expected=(400, 404))
        if errors.has_code(reply, errors.GONE):
            raise Vanished
        errors.check_fields(api, reply)

    def find_note(self, api: Api, record: RemoteRecord, reference: str) -> str | None:
        who, subject = soql.quoted(record.remote_id), soql.like(reference)
        query = f"SELECT Id FROM Task WHERE WhoId = {who} AND Subject LIKE {subject} LIMIT 1"  # noqa: S608
        return api.get("query", "", query={"q": query}).pick("records", 0, "Id")

    def add_note(self, api: Api, record: RemoteRecord, note: Note, *, at: datetime) -> str:
        """A completed task. The reference stands in its subject, since descriptions can't be searched.

        That of a lead that was converted goes to the contact which it has become.
        """
        mark = f" (Caty {note.reference})"
        task = {
            "WhoId": record.remote_id,
            "Subject": one_line(note.title, MOST_SUBJECT - len(mark)) + mark,
            "Description": note_text(note, most=MOST_NOTE),
            "Status": "Completed",
            "ActivityDate": f"{at:%Y-%m-%d}",
        }
        reply = api.post("sobjects", "Task", "", body=task, expected=(400,))
        if errors.has_code(reply, errors.CONVERTED) and (contact := _find_contact(api, record)):
            reply = api.post("sobjects", "Task", "", body={**task, "WhoId": contact}, expected=(400,))
        errors.check(api, reply, is_repeatable=False)
        return reply.get_text("id")

    def greet(self, api: Api) -> str:
        for kind, rights in (("Lead", ("createable", "updateable", "queryable")), ("Task", ("createable",))):
            about = api.get("sobjects", kind, "").pick("objectDescribe", default={})
            if not all(about.get(right) for right in rights):
                reason = _("The user as whom the app runs in Salesforce may not create and edit this: %s.") % kind
                raise Failed(Misconfigured(reason=reason))
        return api.settings.domain

    def list_fields(self, api: Api) -> list[RemoteField]:
        described = api.get("sobjects", "Lead", "describe").pick("fields", default=[])
        return [
            RemoteField(name=field["name"], label=field["label"], kind=field["type"])
            for field in described
            if field["createable"] and field["updateable"]
        ]


def _fetch_token(settings: SalesforceSettings, secrets: SalesforceSecrets, *, now: datetime) -> Token:
    pair = base64.b64encode(f"{secrets.consumer_key}:{secrets.consumer_secret}".encode()).decode()
    request = TokenRequest(
        name=NAME,
        address=django_settings.SALESFORCE_URL.format(domain=settings.domain) + "/services/oauth2/token",
        form=(("grant_type", "client_credentials"),),
        headers={"Authorization": f"Basic {pair}"},
        meanings=MEANINGS,
    )
    reply = ask_for_token(request, settings=settings, now=now)
    url = reply.pick("instance_url", default="")
    if not is_host_within(url, tuple(django_settings.SALESFORCE_HOSTS)):
        raise Failed(Misconfigured(reason=_("Salesforce sends us to an address that is not one of its own.")))
    return Token(reply.pick("access_token"), TOKEN_SECONDS, {"instance_url": url.rstrip("/")})


def _find_by_id(api: Api, record: RemoteRecord, columns: tuple[str, ...]) -> Found | None:
    query = {"fields": ",".join(columns)}
    reply = api.get("sobjects", "Lead", record.remote_id, query=query, expected=(400, 404))
    if reply.status == 404:
        return None
    errors.check_fields(api, reply)
    return _found(api, reply.json)


def _find_by_key(api: Api, lead: LeadSnapshot, columns: tuple[str, ...]) -> Found | None:
    """The newest lead of this e-mail address, or of this number where there is no address."""
    for name, value in _key(lead).items():
        query = (
            f"SELECT {', '.join(columns)} FROM Lead WHERE {name} = {soql.quoted(value)} AND IsConverted = false"  # noqa: S608
            " ORDER BY CreatedDate DESC LIMIT 1"
        )
        reply = api.get("query", "", query={"q": query}, expected=(400,))
        errors.check_fields(api, reply)
        if row := reply.pick("records", 0):
            return _found(api, row)
    return None


def _find_contact(api: Api, record: RemoteRecord) -> str | None:
    query = {"fields": "ConvertedContactId"}
    return api.get("sobjects", "Lead", record.remote_id, query=query).pick("ConvertedContactId")


def _key(lead: LeadSnapshot) -> dict[str, str]:
    if lead.email:
        return {"Email": lead.email}
    return {"Phone": lead.phone} if lead.phone else {}


def _row(values: Iterable[MappedValue]) -> dict[str, str]:
    return {value.field: value.value for value in values}


def _found(api: Api, row: dict) -> Found | None:
    """None for a converted lead, which takes no changes."""
    if row.get("IsConverted"):
        return None
    fields = {name: "" if value is None else str(value) for name, value in row.items()}
    return Found(_record(api, row["Id"]), fields)


def _record(api: Api, remote_id: str) -> RemoteRecord:
    return RemoteRecord(remote_id=remote_id, url=f"https://{api.settings.domain}/lightning/r/Lead/{remote_id}/view")

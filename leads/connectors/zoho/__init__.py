"""Zoho CRM: leads with notes, through version 8 of its API.

Zoho's search hears of a new record with a delay. So a lead with an e-mail address is made by an upsert, which finds it
all the same: whatever was sent twice in that time is there once.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

from django.conf import settings as django_settings
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field

from leads.connectors.api import Api, Reply, is_host_within
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
from leads.connectors.crm import NOT_PROVIDED, CrmConnector, Found
from leads.connectors.oauth import SharedAccess, TokenRequest, ask_for_token
from leads.connectors.tokens import Token, shared_token
from leads.connectors.zoho import errors
from leads.notes import Note, note_text
from leads.text import one_line

NAME = "Zoho CRM"
MOST_NOTE = 32_000
MOST_TITLE = 120
NOTES_A_PAGE, MOST_PAGES = 200, 5
WORKFLOWS = ["workflow"]  # what a business has set up to happen with new leads happens with ours
SCOPES = (
    "ZohoCRM.modules.leads.ALL,ZohoCRM.modules.notes.ALL,ZohoCRM.settings.fields.READ,ZohoCRM.org.READ,"
    "ZohoSearch.securesearch.READ"
)
MEANINGS = {
    "invalid_client": gettext_lazy("it does not know the client ID in this data centre"),
    "invalid_client_secret": gettext_lazy("the client secret does not fit the client ID"),
    "invalid_code": gettext_lazy("our access was withdrawn, or belongs to another data centre; paste a new code"),
}
CODE_MEANINGS = {
    **MEANINGS,
    "invalid_code": gettext_lazy(
        "the code is wrong, has expired, was used before, or belongs to another data centre; generate a new one"
    ),
}


class ZohoSettings(Form):
    data_centre: Literal[
        "zoho.com",
        "zoho.eu",
        "zoho.in",
        "zoho.com.au",
        "zoho.jp",
        "zohocloud.ca",
        "zoho.sa",
        "zoho.uk",
        "zoho.com.cn",
    ] = Field(
        default="zoho.com",
        title=gettext_lazy("Data centre"),
        description=gettext_lazy("How the address ends at which you use Zoho CRM, such as zoho.eu in crm.zoho.eu."),
    )


class ZohoSecrets(Form):
    client_id: str = Field(
        title=gettext_lazy("Client ID"),
        description=gettext_lazy("Of your Self Client; it begins with 1000."),
        max_length=200,
    )
    client_secret: str = Field(
        title=gettext_lazy("Client secret"),
        description=gettext_lazy("It stands beside the client ID."),
        max_length=200,
    )
    refresh_token: str = Field(
        title=gettext_lazy("Refresh token"),
        description=gettext_lazy("What Zoho gave for the code."),
        max_length=300,
    )


class ZohoCode(Form):
    code: str = Field(
        title=gettext_lazy("Code"),
        description=gettext_lazy("Paste the code that Zoho shows you; it is valid for ten minutes, and once."),
        max_length=300,
    )


class ZohoConnector(CrmConnector):
    label = NAME
    guide = format_lazy(
        gettext_lazy(
            "Open Zoho's API console (api-console.zoho.com, or with the ending of your data centre), add a “Self "
            "Client” and copy its client ID and secret. Under “Generate Code” enter this scope: {scope}, choose ten "
            "minutes and your CRM, and paste the code that Zoho shows you below. Save before the ten minutes are over: "
            "then we get lasting access for it."
        ),
        scope=SCOPES,
    )
    key_help = gettext_lazy(
        "You find the Self Client in Zoho's API console, where you can generate a new code as well."
    )
    Settings = ZohoSettings
    Secrets = ZohoSecrets
    Once, exchanged = ZohoCode, ("refresh_token",)
    pace = Pace(deliveries=2, seconds=1)
    mapping = (
        ("email", "Email"),
        ("phone", "Phone"),
        ("first_name", "First_Name"),
        ("last_name", "Last_Name"),
        ("company", "Company"),
        ("source", "Lead_Source"),
    )

    def open(self, settings: ZohoSettings, secrets: ZohoSecrets, *, now: datetime) -> Api:
        credentials = {"data_centre": settings.data_centre, **secrets.model_dump()}

        def take(*, refused: str = "") -> Token:
            return shared_token("zoho", credentials, lambda: _fetch_token(settings, secrets, now=now), refused=refused)

        access = SharedAccess("Zoho-oauthtoken", take)
        return Api(
            f"{access.token.extra['api_domain']}/crm/{django_settings.ZOHO_VERSION}",
            name=NAME,
            settings=settings,
            now=now,
            authorise=access,
            judge=errors.judge,
            words=errors.words,
            has_renewal=True,
        )

    def exchange(
        self, once: ZohoCode, settings: ZohoSettings, secrets: ZohoSecrets, *, now: datetime
    ) -> dict[str, str]:
        request = _token_request(settings, secrets, CODE_MEANINGS, grant_type="authorization_code", code=once.code)
        reply = ask_for_token(request, settings=settings, now=now)
        token = reply.pick("refresh_token")
        if not isinstance(token, str):
            reason = _("Zoho gave no lasting access for this code. Generate it under “Self Client”, and a new one.")
            raise Failed(Misconfigured(reason=reason))
        return {"refresh_token": token}

    def find(
        self, api: Api, lead: LeadSnapshot, *, record: RemoteRecord | None, fields: tuple[str, ...]
    ) -> Found | None:
        return (record and _find_by_id(api, record, fields)) or _find_by_key(api, lead, fields)

    def create(self, api: Api, lead: LeadSnapshot, values: tuple[MappedValue, ...]) -> RemoteRecord:
        row = {"Last_Name": NOT_PROVIDED, **_key(lead), **_row(values)}
        body = {"data": [row], "duplicate_check_fields": ["Email"], "trigger": WORKFLOWS}
        is_repeatable = bool(lead.email)
        reply = api.call("POST", "Leads", "upsert", body=body, expected=(400,), is_repeatable=is_repeatable)
        errors.check_creation(api, reply, is_repeatable=is_repeatable)
        return _record(api, reply.get_text("data", 0, "details", "id"))

    def update(self, api: Api, found: Found, values: tuple[MappedValue, ...]) -> None:
        body = {"data": [_row(values)], "trigger": WORKFLOWS}
        reply = api.put("Leads", found.record.remote_id, body=body, expected=(400,))
        errors.check_update(api, reply)

    def find_note(self, api: Api, record: RemoteRecord, reference: str) -> str | None:
        """Notes can't be searched, so that those of the lead are looked through."""
        for page in range(1, MOST_PAGES + 1):
            query = {"fields": "Note_Title,Note_Content", "page": page, "per_page": NOTES_A_PAGE}
            reply = api.get("Leads", record.remote_id, "Notes", query=query)
            for note in reply.pick("data", default=[]):
                if reference in (note.get("Note_Content") or ""):
                    return note["id"]
            if not reply.pick("info", "more_records", default=False):
                return None
        return None

    def add_note(self, api: Api, record: RemoteRecord, note: Note, *, at: datetime) -> str:
        row = {
            "Note_Title": one_line(note.title, MOST_TITLE),
            "Note_Content": note_text(note, most=MOST_NOTE),
            "Parent_Id": {"module": {"api_name": "Leads"}, "id": record.remote_id},
        }
        reply = api.post("Notes", body={"data": [row]}, expected=(400,))
        errors.check(api, reply, is_repeatable=False)
        return reply.get_text("data", 0, "details", "id")

    def greet(self, api: Api) -> str:
        api.get("Leads", "search", query={"email": "nobody@example.com", "fields": "Last_Name", "per_page": 1})
        return api.get("org", expected=(401, 403)).pick("org", 0, "company_name", default="")

    def list_fields(self, api: Api) -> list[RemoteField]:
        return [
            RemoteField(name=field["api_name"], label=field["field_label"], kind=field["data_type"])
            for field in api.get("settings", "fields", query={"module": "Leads"}).pick("fields", default=[])
            if _is_writable(field)
        ]


def _fetch_token(settings: ZohoSettings, secrets: ZohoSecrets, *, now: datetime) -> Token:
    request = _token_request(
        settings, secrets, MEANINGS, grant_type="refresh_token", refresh_token=secrets.refresh_token
    )
    reply = ask_for_token(request, settings=settings, now=now)
    url = reply.pick("api_domain", default="")
    if not is_host_within(url, tuple(django_settings.ZOHO_HOSTS)):
        raise Failed(Misconfigured(reason=_("Zoho sends us to an address that is not one of its own.")))
    return Token(
        reply.pick("access_token"), int(reply.pick("expires_in", default=3600)), {"api_domain": url.rstrip("/")}
    )


def _token_request(settings: ZohoSettings, secrets: ZohoSecrets, meanings: Mapping, **grant: str) -> TokenRequest:
    client = {"client_id": secrets.client_id, "client_secret": secrets.client_secret}
    return TokenRequest(
        name=NAME,
        address=django_settings.ZOHO_ACCOUNTS_URL.format(domain=settings.data_centre) + "/oauth/v2/token",
        form=tuple({**grant, **client}.items()),
        meanings=meanings,
    )


def _find_by_id(api: Api, record: RemoteRecord, fields: tuple[str, ...]) -> Found | None:
    query = {"fields": _columns(fields), "converted": "false"}
    reply = api.get("Leads", record.remote_id, query=query, expected=(400, 404))
    if reply.status == 404 or errors.has_code(reply, errors.GONE):
        return None
    errors.check(api, reply)
    return _found(api, reply)


def _find_by_key(api: Api, lead: LeadSnapshot, fields: tuple[str, ...]) -> Found | None:
    for name, value in _key(lead).items():
        query = {name.lower(): value, "fields": _columns(fields), "converted": "false", "per_page": 1}
        if found := _found(api, api.get("Leads", "search", query=query)):
            return found
    return None


def _columns(fields: tuple[str, ...]) -> str:
    """Zoho demands at least one; the id comes by itself."""
    return ",".join(fields or ("Last_Name",))


def _found(api: Api, reply: Reply) -> Found | None:
    """None where there is none (204), and for a lead that was converted."""
    row = reply.pick("data", 0)
    if row is None or row.get("$converted"):
        return None
    return Found(_record(api, row["id"]), {name: _text(value) for name, value in row.items()})


def _text(value) -> str:
    """A value as text; of what it refers to, the name."""
    if isinstance(value, dict):
        return str(value.get("name") or "")
    if isinstance(value, list):
        return "; ".join(map(_text, value))
    return "" if value is None else str(value)


def _key(lead: LeadSnapshot) -> dict[str, str]:
    if lead.email:
        return {"Email": lead.email}
    return {"Phone": lead.phone} if lead.phone else {}


def _row(values: Iterable[MappedValue]) -> dict[str, str]:
    return {value.field: value.value for value in values}


def _record(api: Api, remote_id: str) -> RemoteRecord:
    url = f"https://crm.{api.settings.data_centre}/crm/tab/Leads/{remote_id}"
    return RemoteRecord(remote_id=remote_id, url=url)


def _is_writable(field: dict) -> bool:
    may = field.get("operation_type") or {}
    return bool(may.get("api_create") and may.get("api_update")) and not field.get("field_read_only")

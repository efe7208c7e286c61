"""What Salesforce's refusals mean: [{errorCode, message, fields}]."""

import re
from collections.abc import Iterable

from django.utils.translation import gettext as _

from leads.connectors.api import Api, Reply
from leads.connectors.base import Failed, Misconfigured, Outcome, QuotaSpent, Rejected, TryLater
from leads.connectors.crm import RefusedValues, UnknownFields

QUOTA_SECONDS = 3600  # the day's limit is a sliding one: some of it comes back every hour
KEYS = frozenset(("Email", "Phone"))  # by which leads are found: without them a lead is not worth keeping
MISSING_COLUMN = re.compile(r"No such column '(\w+)'")
UNKNOWN = frozenset(("INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE"))
REFUSED = frozenset(
    (
        "STRING_TOO_LONG",
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "INVALID_TYPE_ON_FIELD_IN_RECORD",
        "NUMBER_OUTSIDE_VALID_RANGE",
        "FIELD_INTEGRITY_EXCEPTION",
    )
)
CONVERTED = frozenset(("CANNOT_UPDATE_CONVERTED_LEAD",))
GONE = CONVERTED | {"NOT_FOUND", "ENTITY_IS_DELETED"}
FORBIDDEN = frozenset(("INVALID_TYPE", "API_DISABLED_FOR_ORG", "API_CURRENTLY_DISABLED", "STORAGE_LIMIT_EXCEEDED"))


def errors_of(reply: Reply) -> list[tuple[str, str, list[str]]]:
    """(code, message, fields) of each error."""
    errors = reply.json if isinstance(reply.json, list) else []
    return [
        (error.get("errorCode", ""), error.get("message", ""), error.get("fields") or [])
        for error in errors
        if isinstance(error, dict)
    ]


def has_code(reply: Reply, codes: Iterable[str]) -> bool:
    return any(code in codes for code, _message, _fields in errors_of(reply))


def check(api: Api, reply: Reply, *, is_repeatable: bool = True) -> None:
    """Raises Failed where the reply is a refusal."""
    if reply.status >= 300:
        raise Failed(judge(reply) or api.refusal(reply, is_repeatable=is_repeatable))


def check_fields(api: Api, reply: Reply, *, is_repeatable: bool = True) -> None:
    """As `check`, where single fields may be refused. Raises UnknownFields, RefusedValues, Failed."""
    errors = errors_of(reply) if reply.status >= 300 else []
    for codes, problem in ((UNKNOWN, UnknownFields), (REFUSED, RefusedValues)):
        concerned = [(message, fields) for code, message, fields in errors if code in codes]
        names = {name for message, fields in concerned for name in fields or MISSING_COLUMN.findall(message)}
        if names and not (problem is RefusedValues and names & KEYS):
            raise problem(names)
    check(api, reply, is_repeatable=is_repeatable)


def judge(reply: Reply) -> Outcome | None:
    """What is special to Salesforce, as an outcome."""
    for code, message, _fields in errors_of(reply):
        if code == "REQUEST_LIMIT_EXCEEDED" and "concurrent" not in message.lower():
            reason = _("Salesforce takes no more calls from this account for now: its daily limit is reached.")
            return QuotaSpent(reason=reason, retry_after_seconds=QUOTA_SECONDS, **reply.told)
        if code in ("REQUEST_LIMIT_EXCEEDED", "UNABLE_TO_LOCK_ROW"):
            return TryLater(reason=_("Salesforce was busy with this record or account."), **reply.told)
        if code == "SERVER_UNAVAILABLE":
            return TryLater(reason=_("Salesforce is not available."), is_ambiguous=True, **reply.told)
        if code == "DUPLICATES_DETECTED":
            # The answer shows other people's records, so nothing of it is kept.
            reason = _(
                "A duplicate rule of Salesforce blocks this lead. Let the rule allow it, with an alert if you like."
            )
            return Rejected(reason=reason, status=reply.status)
        if code in FORBIDDEN:
            return Misconfigured(reason=_("Salesforce does not allow it: %s") % message, **reply.told)
    return None


def words(reply: Reply) -> str:
    """Salesforce's own sentences."""
    return " ".join(message for _code, message, _fields in errors_of(reply))

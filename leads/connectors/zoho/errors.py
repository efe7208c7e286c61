"""What Zoho's refusals mean. They come with any status, 200 and 202 included: {code, message, details, status}.

A body is one of them, or has one for each record under `data`; several for one record stand in its details.
"""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from leads.connectors.api import RETRIED, Api, Reply
from leads.connectors.base import Failed, Misconfigured, Outcome, QuotaSpent, Rejected, TryLater
from leads.connectors.crm import AlreadyThere, RefusedValues, Vanished

QUOTA_SECONDS = 3600  # credits are those of the last 24 hours: some come back every hour
KEYS = frozenset(("Email", "Phone"))  # by which leads are found: without them a lead is not worth keeping
CONVERTED = frozenset(("CONVERTED_RECORD", "ID_ALREADY_CONVERTED"))
GONE = CONVERTED | {"INVALID_DATA", "NO_RECORDS_FOUND", "NOT_FOUND"}  # where a path names a record
UNAUTHORISED = frozenset(("OAUTH_SCOPE_MISMATCH",))
FORBIDDEN = frozenset(("NO_PERMISSION", "AUTHORIZATION_FAILED", "INVALID_MODULE", "STORAGE_SPACE_EXCEEDED"))
BUSY = frozenset(("LIMIT_EXCEEDED", "TOO_MANY_REQUESTS"))


def errors_of(reply: Reply) -> list[dict]:
    """Each error of the one record that was sent, or of the call."""
    whole = reply.json if isinstance(reply.json, dict) else {}
    one = reply.pick("data", 0, default=whole)
    if not isinstance(one, dict) or one.get("status") != "error":
        return []
    several = _details(one).get("errors")
    return [error for error in several if isinstance(error, dict)] if isinstance(several, list) else [one]


def has_code(reply: Reply, codes: Iterable[str]) -> bool:
    return any(error.get("code") in codes for error in errors_of(reply))


def check(api: Api, reply: Reply, *, is_repeatable: bool = True) -> None:
    """Raises Failed where the reply is a refusal, whatever its status."""
    if errors_of(reply) or reply.status >= 300:
        raise Failed(judge(reply) or api.refusal(reply, is_repeatable=is_repeatable))


def check_creation(api: Api, reply: Reply, *, is_repeatable: bool) -> None:
    """As `check`. Raises AlreadyThere and RefusedValues as well."""
    for error in errors_of(reply):
        if error.get("code") == "DUPLICATE_DATA":
            there = _details(error).get("duplicate_record") or {}
            module = (there.get("module") or {}).get("api_name", "Leads")
            if module != "Leads":
                reason = _("Zoho CRM has this person under %s already and makes no lead beside.") % module
                raise Failed(Rejected(reason=reason, status=reply.status))
            raise AlreadyThere(str(there.get("id") or _details(error).get("id") or ""))
    _check_values(reply, ("INVALID_DATA",))
    check(api, reply, is_repeatable=is_repeatable)


def check_update(api: Api, reply: Reply) -> None:
    """As `check`. Raises Vanished and RefusedValues as well."""
    for error in errors_of(reply):
        names_record = _details(error).get("api_name") == "id" or "resource_path_index" in _details(error)
        if error.get("code") in CONVERTED or (error.get("code") == "INVALID_DATA" and names_record):
            raise Vanished
    # What must be there once and is with another record already can't be with this one.
    _check_values(reply, ("INVALID_DATA", "DUPLICATE_DATA"))
    check(api, reply)


def judge(reply: Reply) -> Outcome | None:
    """What is special to Zoho, as an outcome."""
    if is_out_of_credits(reply):
        reason = _("Zoho CRM takes no more calls from this account for now: its daily credits are used up.")
        return QuotaSpent(reason=reason, retry_after_seconds=QUOTA_SECONDS, **reply.told)
    if has_code(reply, UNAUTHORISED):
        reason = _("The code does not allow all that is needed. Make a new one with the scope in the guide.")
        return Misconfigured(reason=reason, **reply.told)
    if has_code(reply, FORBIDDEN):
        return Misconfigured(reason=_("Zoho CRM does not allow it: %s") % words(reply), **reply.told)
    if has_code(reply, ("RECORD_LOCKED",)):
        return TryLater(reason=_("The record is locked in Zoho CRM."), **reply.told)
    if has_code(reply, ("INTERNAL_ERROR",)):
        return TryLater(reason=_("Zoho CRM had a fault of its own."), is_ambiguous=True, **reply.told)
    if has_code(reply, BUSY) and reply.status not in RETRIED:
        return TryLater(reason=_("Zoho CRM asked us to slow down."), **reply.told)
    return None


def words(reply: Reply) -> str:
    """Zoho's own sentences, each with the field that it is about."""
    told = []
    for error in errors_of(reply):
        name = _details(error).get("api_name")
        told.append(f"{error.get('message', '')} ({name})" if name else str(error.get("message", "")))
    return "; ".join(told)


def is_out_of_credits(reply: Reply) -> bool:
    """Zoho says 429 when too much goes on at once and when the day's credits are spent; a header tells which."""
    if reply.status != 429 and not has_code(reply, BUSY):
        return False
    return reply.headers.get("x-api-credits-remaining") == "0" or "credit" in words(reply).lower()


def _check_values(reply: Reply, codes: Iterable[str]) -> None:
    refused = {_details(error).get("api_name") for error in errors_of(reply) if error.get("code") in codes} - {None}
    if refused and not refused & KEYS:
        raise RefusedValues(refused)


def _details(error: dict) -> dict:
    details = error.get("details")
    return details if isinstance(details, dict) else {}
